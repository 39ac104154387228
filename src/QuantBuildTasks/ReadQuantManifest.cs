using System.Runtime.Serialization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Incremental;
using QuantBuildTasks.Worker;
using Task = Microsoft.Build.Utilities.Task;

namespace QuantBuildTasks;

/// <summary>
/// Tells the build what the worker made, whether it did so now or in an earlier build. Cheap, and run in every build: items that are missing from
/// one build are deleted from the output folder by the next.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class ReadQuantManifest : Task, ICancelableTask, IDisposable
{
    private readonly ManualResetEvent _cancelled = new(false);

    /// <summary>Absolute path of the folder that the worker writes to.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <summary>Whether the worker ran in this build, and so has reported its warnings already.</summary>
    public bool WorkerRan { get; set; }

    /// <summary>Resources to embed, with their logical names.</summary>
    [Output]
    public ITaskItem[] Resources { get; private set; } = [];

    /// <summary>All files that the worker wrote, the manifest among them.</summary>
    [Output]
    public ITaskItem[] Files { get; private set; } = [];

    /// <inheritdoc />
    public void Cancel() => _cancelled.Set();

    /// <inheritdoc />
    public void Dispose() => _cancelled.Dispose();

    /// <inheritdoc />
    public override bool Execute()
    {
        string path = Path.Combine(OutputDirectory, QuantManifest.FileName);
        if (!File.Exists(path) && !WaitForOtherBuild())
        {
            return false;
        }

        if (!File.Exists(path))
        {
            Error(Codes.NotEmbedded, path, "The quantized models have vanished while the project was built. Is another build of it with other settings running? Build again.");
            return false;
        }

        QuantManifest manifest;
        try
        {
            manifest = QuantManifest.Read(path);
        }
        catch (Exception e) when (e is SerializationException or IOException or UnauthorizedAccessException)
        {
            Error(Codes.CannotWrite, path, $"The manifest of the quantized models cannot be read: {e.Message} Delete the file and build again.");
            return false;
        }

        Resources = [.. manifest.Models.SelectMany(m => m.Resources ?? []).Select(Resource)];
        Files = [.. manifest.Outputs(OutputDirectory).Append(path).Distinct(StringComparer.Ordinal).Select(file => new TaskItem(file))];
        if (!WorkerRan)
        {
            // A build with -warnaserror must give the same verdict twice.
            foreach (WorkerDiagnostic warning in manifest.Models.SelectMany(m => m.Diagnostics ?? []).Where(d => d.IsWarning))
            {
                warning.Log(Log);
            }
        }

        return !Log.HasLoggedErrors;
    }

    // A build with other settings takes the manifest away while its worker runs.
    private bool WaitForOtherBuild()
    {
        try
        {
            using OutputLock? held = OutputLock.Acquire(OutputDirectory, _cancelled, BuildEngine, Log);
            return held is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error(Codes.CannotWrite, OutputDirectory, $"The folder of the quantized models cannot be opened: {e.Message}");
            return false;
        }
    }

    private void Error(string code, string file, string text) => Log.LogError(null, code, null, file, 0, 0, 0, 0, text);

    private TaskItem Resource(QuantManifest.ResourceEntry resource)
    {
        var item = new TaskItem(Path.GetFullPath(Path.Combine(OutputDirectory, resource.Path)));
        item.SetMetadata("LogicalName", resource.LogicalName);
        item.SetMetadata("WithCulture", "false"); // "bert.de.onnx" is not German
        item.SetMetadata("Type", "Non-Resx");
        return item;
    }
}
