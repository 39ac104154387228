using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantBuildTasks.Incremental;

/// <summary>
/// Keeps all builds but one out of an output folder: an editor and a command line often build the same project at once. It is held on an open file, so
/// it ends with the process, however that dies.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    /// <summary>In the output folder. It stays there: whoever deleted it could take it from a build that has just opened it.</summary>
    public const string FileName = "quant.lock";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private OutputLock(FileStream file) => _file = file;

    /// <summary>Waits until no other build holds the folder, and makes the folder where it is missing.</summary>
    /// <returns>The lock, or null when the wait was cancelled.</returns>
    /// <param name="directory">Absolute path of the output folder.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <param name="engine">The node that this task runs on.</param>
    /// <param name="log">Is told of a wait.</param>
    /// <exception cref="IOException">The folder or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">There are no rights to make them.</exception>
    public static OutputLock? Acquire(string directory, WaitHandle cancelled, IBuildEngine engine, TaskLoggingHelper log)
    {
        if (TryAcquire(directory) is { } free)
        {
            return free;
        }

        log.LogMessage(MessageImportance.Low, "Another build works in '{0}'; this one waits for it.", directory);
        // The other build may need this very node to go on.
        var node = engine as IBuildEngine3;
        node?.Yield();
        try
        {
            while (!cancelled.WaitOne(Pause))
            {
                if (TryAcquire(directory) is { } released)
                {
                    return released;
                }
            }

            return null;
        }
        finally
        {
            node?.Reacquire();
        }
    }

    public void Dispose() => _file.Dispose();

    private static OutputLock? TryAcquire(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, FileName);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (File.Exists(path))
            {
                return new OutputLock(file);
            }

            // Unix: `dotnet clean` has removed the file between our finding and our locking it, so this lock keeps nobody out.
            file.Dispose();
            return null;
        }
        catch (IOException e) when (IsHeld(e) || e is DirectoryNotFoundException)
        {
            // The second: `dotnet clean` has removed the folder just now.
            return null;
        }
    }

    // Sharing violation and lock violation on Windows; EWOULDBLOCK on Linux and on macOS.
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 32 or 33 or 11 or 35;
}
