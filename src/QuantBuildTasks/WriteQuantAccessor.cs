using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantBuildTasks.Accessor;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Incremental;
using QuantBuildTasks.Models;
using Task = Microsoft.Build.Utilities.Task;

namespace QuantBuildTasks;

/// <summary>Generates the class <c>QuantModels</c> from the items of the project. Cheap, and also run in design-time builds.</summary>
[MSBuildMultiThreadableTask]
public sealed class WriteQuantAccessor : Task
{
    /// <summary>The <c>QuantModel</c> items.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>Defaults for all models: name of a <c>Quant*</c> property without prefix, and its value as metadatum <c>Value</c>.</summary>
    public ITaskItem[] Defaults { get; set; } = [];

    /// <summary>Absolute path of the project's folder.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>The project's root namespace.</summary>
    public string RootNamespace { get; set; } = "";

    /// <summary>The project's language as MSBuild calls it; only C# gets an accessor.</summary>
    public string Language { get; set; } = "";

    /// <summary>Absolute path of the file to write.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The written file, or nothing for a language without an accessor.</summary>
    [Output]
    public ITaskItem[] Sources { get; private set; } = [];

    /// <inheritdoc />
    public override bool Execute()
    {
        IReadOnlyList<ModelItem> models = ModelItems.Read(Models, ProjectDirectory, RootNamespace, ItemMetadata.Defaults(Defaults), Log);
        if (Log.HasLoggedErrors)
        {
            return false;
        }

        if (Language != "C#")
        {
            Log.LogMessage(
                null, Codes.NoAccessorForLanguage, null, null, 0, 0, 0, 0, MessageImportance.High,
                "The models are embedded, but only C# projects get the class QuantModels. Open them with new QuantBuildTasks.Runtime.QuantModel(assembly, name), where name is one of: {0}.",
                string.Join(", ", models.Select(m => m.ClassName)));
            return true;
        }

        try
        {
            AtomicFile.WriteIfDifferent(OutputFile, AccessorSource.Write(models));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.LogError(null, Codes.CannotWrite, null, OutputFile, 0, 0, 0, 0, $"The class QuantModels cannot be written: {e.Message}");
            return false;
        }

        Sources = [new TaskItem(OutputFile)];
        return true;
    }
}
