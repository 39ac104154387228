namespace QuantBuildTasks.Engine.Packaging;

/// <summary>Writes files so that a reader sees the old content or the new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes beside <paramref name="path"/> and moves into place. A file that holds these bytes already is left alone, so that its time does
    /// not tell the build that something changed.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or another process holds the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or folder is read-only.</exception>
    public static void Write(string path, byte[] bytes)
    {
        if (!Holds(path, bytes))
        {
            Write(path, stream => stream.Write(bytes));
        }
    }

    /// <summary>The same for content that is made piece by piece.</summary>
    /// <exception cref="IOException">The disk is full, or another process holds the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or folder is read-only.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            WriteThrough(beside, write);
            if (!HoldsSameAs(path, beside))
            {
                File.Move(beside, path, overwrite: true);
            }
        }
        finally
        {
            // After the move there is nothing to delete; File.Delete says nothing about a file that is not there.
            File.Delete(beside);
        }
    }

    /// <summary>Writes a new file and waits until the bytes are on the disk, so that a later rename cannot name an empty file after a power cut.</summary>
    public static void WriteThrough(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Whether the file exists and holds the bytes of another.</summary>
    public static bool HoldsSameAs(string path, string other)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length != new FileInfo(other).Length)
        {
            return false;
        }

        using FileStream one = File.OpenRead(path);
        using FileStream two = File.OpenRead(other);
        byte[] first = new byte[1 << 16];
        byte[] second = new byte[1 << 16];
        int read;
        while ((read = one.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)) > 0)
        {
            if (two.ReadAtLeast(second, read, throwOnEndOfStream: false) != read || !first.AsSpan(0, read).SequenceEqual(second.AsSpan(0, read)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the file exists and holds exactly these bytes.</summary>
    public static bool Holds(string path, ReadOnlySpan<byte> bytes)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == bytes.Length && bytes.SequenceEqual(File.ReadAllBytes(path));
    }
}
