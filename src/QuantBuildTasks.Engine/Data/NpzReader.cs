using System.IO.Compression;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Reads NumPy's .npz format: a zip file whose entries are .npy arrays, stored or deflated.</summary>
internal static class NpzReader
{
    private const string Suffix = ".npy";

    // Deflate's longest match (258 bytes) costs at least two bits, so no honest entry grows by more.
    private const long MaxInflation = 1032;

    /// <summary>All arrays, in file order, by the name that <c>numpy.load</c> gives them.</summary>
    /// <param name="stream">The zip file; must be seekable.</param>
    /// <exception cref="InvalidDataException">The file or an entry is damaged. The message is a sentence without its full stop that names the array.</exception>
    public static IEnumerable<(string Name, Tensor Array)> Read(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (!entry.FullName.EndsWith(Suffix, StringComparison.Ordinal))
            {
                throw new InvalidDataException($"its entry '{entry.FullName}' is no .npy array");
            }

            string name = entry.FullName[..^Suffix.Length];
            if (!names.Add(name))
            {
                throw new InvalidDataException($"it holds the array '{name}' twice");
            }

            Tensor array;
            try
            {
                array = NpyReader.Read(Extract(entry, stream.Length));
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                throw new InvalidDataException($"its array '{name}' cannot be read: {e.Message.TrimEnd('.')}", e);
            }

            yield return (name, array);
        }
    }

    private static byte[] Extract(ZipArchiveEntry entry, long fileLength)
    {
        // Both lengths are claims of the file.
        if (entry.CompressedLength > fileLength || entry.Length > (entry.CompressedLength * MaxInflation) + MaxInflation)
        {
            throw new InvalidDataException($"it claims {entry.Length} bytes, which cannot be in the file");
        }

        if (entry.Length > Array.MaxLength)
        {
            throw new InvalidDataException($"it has {entry.Length} bytes, and one array may have at most {Array.MaxLength}; split the data into several files");
        }

        byte[] bytes = new byte[entry.Length];
        using Stream content = entry.Open();
        content.ReadExactly(bytes);
        if (content.ReadByte() >= 0 || Crc32.Of(bytes) != entry.Crc32)
        {
            throw new InvalidDataException("it is damaged (its checksum does not fit)");
        }

        return bytes;
    }
}
