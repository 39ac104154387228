using Microsoft.Build.Framework;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Incremental;
using QuantBuildTasks.Models;
using Task = Microsoft.Build.Utilities.Task;

namespace QuantBuildTasks;

/// <summary>Tells editors and <c>dotnet watch</c> which files the models are made from. Names only: whether they are right is judged by the build.</summary>
[MSBuildMultiThreadableTask]
public sealed class ListQuantInputs : Task
{
    /// <summary>The <c>QuantModel</c> items.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>Defaults for all models: name of a <c>Quant*</c> property without prefix, and its value as metadatum <c>Value</c>.</summary>
    public ITaskItem[] Defaults { get; set; } = [];

    /// <summary>Absolute path of the project's folder.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>The last build's stamp, which knows the files that models name; empty or missing: they are not listed.</summary>
    public string StampFile { get; set; } = "";

    /// <summary>Absolute paths of models and data.</summary>
    [Output]
    public ITaskItem[] Files { get; private set; } = [];

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            IEnumerable<string> models = Models.Select(m => ProjectPaths.Absolute(ProjectDirectory, m.ItemSpec));
            IEnumerable<IReadOnlyDictionary<string, string>> settings = Models.Select(ItemMetadata.Of).Append(ItemMetadata.Defaults(Defaults));
            Files = [.. InputFiles.Named(models, settings, ProjectDirectory).Concat(StampFile.Length > 0 ? Stamp.Found(StampFile) : []).Select(path => new Microsoft.Build.Utilities.TaskItem(path))];
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The last two: .NET Framework throws them for a path with a character that Windows does not know.
            Log.LogError(null, Codes.DataUnreadable, null, null, 0, 0, 0, 0, $"The inputs of the models cannot be listed: {e.Message}");
            return false;
        }
    }
}
