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
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        if (Holds(path, bytes))
        {
            return;
        }

        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            WriteThrough(beside, bytes);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            // After the move there is nothing to delete; File.Delete says nothing about a file that is not there.
            File.Delete(beside);
        }
    }

    /// <summary>Writes a new file and waits until the bytes are on the disk, so that a later rename cannot name an empty file after a power cut.</summary>
    public static void WriteThrough(string path, ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Whether the file exists and holds exactly these bytes.</summary>
    public static bool Holds(string path, ReadOnlySpan<byte> bytes)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == bytes.Length && bytes.SequenceEqual(File.ReadAllBytes(path));
    }
}
