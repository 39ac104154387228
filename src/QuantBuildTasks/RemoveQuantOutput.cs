using Microsoft.Build.Framework;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Incremental;
using Task = Microsoft.Build.Utilities.Task;

namespace QuantBuildTasks;

/// <summary>Removes everything that was made for a project, but not under the hands of a build that is still at it.</summary>
[MSBuildMultiThreadableTask]
public sealed class RemoveQuantOutput : Task, ICancelableTask, IDisposable
{
    private readonly ManualResetEvent _cancelled = new(false);

    /// <summary>Absolute path of the folder that the worker writes to.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <inheritdoc />
    public void Cancel() => _cancelled.Set();

    /// <inheritdoc />
    public void Dispose() => _cancelled.Dispose();

    /// <inheritdoc />
    public override bool Execute()
    {
        if (!Directory.Exists(OutputDirectory))
        {
            return true;
        }

        try
        {
            using (OutputLock? held = OutputLock.Acquire(OutputDirectory, _cancelled, BuildEngine, Log))
            {
                if (held is null)
                {
                    return false;
                }

                foreach (string folder in Directory.GetDirectories(OutputDirectory))
                {
                    Directory.Delete(folder, recursive: true);
                }

                foreach (string file in Directory.GetFiles(OutputDirectory).Where(f => Path.GetFileName(f) != OutputLock.FileName))
                {
                    File.Delete(file);
                }
            }

            // Only now: Windows removes no file that is open.
            Directory.Delete(OutputDirectory, recursive: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.LogError(null, Codes.CannotWrite, null, null, 0, 0, 0, 0, $"'{OutputDirectory}' cannot be removed: {e.Message}");
            return false;
        }
    }
}
