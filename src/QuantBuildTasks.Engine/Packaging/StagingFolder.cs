namespace QuantBuildTasks.Engine.Packaging;

/// <summary>
/// A folder beside the outputs that lives as long as its process. A lock file tells whether that process still runs, so that the next one can
/// sweep away what a killed one left.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string Prefix = ".staging-";
    private const string LockSuffix = ".lock";
    private readonly FileStream _lock;

    private StagingFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    public static StagingFolder Create(string parent)
    {
        Sweep(parent);
        string path = System.IO.Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
        FileStream held = HoldLock(path + LockSuffix, FileMode.CreateNew);
        Directory.CreateDirectory(path);
        return new StagingFolder(path, held);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        _lock.Dispose();
    }

    private static void Sweep(string parent)
    {
        // A live process has made the lock before the folder. Windows removes the lock of a killed one, Unix leaves it: so both are looked for.
        IEnumerable<string> known = Directory.GetFiles(parent, Prefix + "*" + LockSuffix)
            .Select(file => file[..^LockSuffix.Length])
            .Union(Directory.GetDirectories(parent, Prefix + "*"));
        foreach (string folder in known)
        {
            try
            {
                using FileStream held = HoldLock(folder + LockSuffix, FileMode.OpenOrCreate);
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its process still runs, or has just ended and swept up itself: either way it is not ours.
            }
        }
    }

    private static FileStream HoldLock(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
}
