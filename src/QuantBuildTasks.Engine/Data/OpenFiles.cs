namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// What a data set holds open: files, and temporary ones for what has to be unpacked first. Small things are unpacked into memory, as
/// long as all of them together stay small.
/// </summary>
/// <param name="temporaryFolder">Where temporary files go; null: the system's folder for them.</param>
internal sealed class OpenFiles(string? temporaryFolder = null) : IDisposable
{
    /// <summary>Bytes that may be unpacked into memory, all together.</summary>
    public const long MemoryBudget = 16 << 20;

    private readonly List<ByteStore> _stores = [];
    private long _memoryLeft = MemoryBudget;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public ByteStore OpenFile(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        if (stream.Length == 0)
        {
            stream.Dispose();
            return new MemoryStore(default);
        }

        return Keep(stream);
    }

    /// <summary>Stores bytes that are made piece by piece.</summary>
    /// <param name="length">How many come.</param>
    /// <param name="write">Writes them; the stream takes no more than that.</param>
    public ByteStore Spool(long length, Action<Stream> write)
    {
        if (length <= _memoryLeft)
        {
            byte[] bytes = new byte[length];
            write(new MemoryStream(bytes));
            _memoryLeft -= length;
            return new MemoryStore(bytes);
        }

        FileStream file = CreateTemporary();
        try
        {
            write(file);
            file.Flush();
            return Keep(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stores.ForEach(s => s.Dispose());
        _stores.Clear();
    }

    private FileStore Keep(FileStream stream)
    {
        var store = new FileStore(stream);
        _stores.Add(store);
        return store;
    }

    /// <summary>A file that is gone when it is closed, and when this process is killed: Windows deletes it on close, elsewhere a name is not needed once it is open.</summary>
    private FileStream CreateTemporary()
    {
        string path = Path.Combine(temporaryFolder ?? Path.GetTempPath(), $"quant-{Path.GetRandomFileName()}");
        FileOptions options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, options);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return stream;
    }
}
