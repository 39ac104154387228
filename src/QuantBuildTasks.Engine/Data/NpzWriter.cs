using System.IO.Compression;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Writes NumPy's .npz format. The same arrays give the same bytes: no time of day gets in.</summary>
internal static class NpzWriter
{
    // The earliest time that a zip file can express.
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> arrays, CompressionLevel compression = CompressionLevel.Optimal)
    {
        using FileStream file = File.Create(path);
        Write(file, arrays, compression);
    }

    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> arrays, CompressionLevel compression = CompressionLevel.Optimal)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, Tensor array) in arrays)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name + ".npy", compression);
            entry.LastWriteTime = Timestamp;
            using Stream content = entry.Open();
            NpyWriter.Write(content, array);
        }
    }
}
