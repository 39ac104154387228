using System.IO.Compression;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Reads NumPy's .npz format: a zip file whose entries are .npy arrays, stored or deflated.</summary>
internal static class NpzReader
{
    private const string Suffix = ".npy";

    // Deflate's longest match (258 bytes) costs at least two bits, so no honest entry grows by more.
    private const long MaxInflation = 1032;

    private const int BlockSize = 1 << 16;

    /// <summary>All arrays, in file order, by the name that <c>numpy.load</c> gives them. Stored ones stay in the file.</summary>
    /// <param name="store">The zip file.</param>
    /// <param name="files">Takes what is unpacked.</param>
    /// <exception cref="InvalidDataException">The file or an entry is damaged. The message is a sentence without its full stop that names the array.</exception>
    public static IEnumerable<(string Name, StoredArray Array)> Read(ByteStore store, OpenFiles files)
    {
        using Stream stream = store.OpenStream();
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        RefuseOverlaps(zip, store.Length);
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

            StoredArray array;
            try
            {
                array = Place(entry, store, stream) is { } place
                    ? NpyReader.Read(store, place, entry.Length, files)
                    : NpyReader.Read(Extract(entry, files), 0, entry.Length, files);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                throw new InvalidDataException($"its array '{name}' cannot be read: {e.Message.TrimEnd('.')}", e);
            }

            yield return (name, array);
        }
    }

    /// <summary>Entries lie side by side, so together they are no larger than the file; those that share bytes could unpack to any size.</summary>
    private static void RefuseOverlaps(ZipArchive zip, long fileLength)
    {
        long left = fileLength;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (entry.CompressedLength > left || entry.CompressedLength < 0)
            {
                throw new InvalidDataException($"its entries claim more than the {fileLength} bytes that the file has");
            }

            left -= entry.CompressedLength;
        }
    }

    /// <summary>
    /// Where the bytes of a stored entry start in the file, or null where it is none. Reading its first byte shows where that is, and
    /// the checksum proves that all of it lies there.
    /// </summary>
    private static long? Place(ZipArchiveEntry entry, ByteStore store, Stream stream)
    {
        if (entry.CompressedLength != entry.Length || entry.Length == 0)
        {
            return null;
        }

        using Stream content = entry.Open();
        if (content.ReadByte() < 0)
        {
            return null;
        }

        long place = stream.Position - 1;
        return place >= 0 && place <= store.Length - entry.Length && ChecksumOf(store, place, entry.Length) == entry.Crc32 ? place : null;
    }

    private static uint ChecksumOf(ByteStore store, long offset, long length)
    {
        uint crc = 0;
        foreach (ReadOnlyMemory<byte> block in store.Blocks(offset, length, BlockSize))
        {
            crc = Crc32.Append(crc, block.Span);
        }

        return crc;
    }

    private static ByteStore Extract(ZipArchiveEntry entry, OpenFiles files)
    {
        // The length is a claim of the file.
        if (entry.Length < 0 || entry.Length > (entry.CompressedLength * MaxInflation) + MaxInflation)
        {
            throw new InvalidDataException($"it claims {entry.Length} bytes, which cannot be in the file");
        }

        return files.Spool(entry.Length, target => Unpack(entry, target));
    }

    private static void Unpack(ZipArchiveEntry entry, Stream target)
    {
        using Stream content = entry.Open();
        byte[] block = new byte[BlockSize];
        uint crc = 0;
        for (long left = entry.Length; left > 0;)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, left));
            content.ReadExactly(part);
            crc = Crc32.Append(crc, part);
            target.Write(part);
            left -= part.Length;
        }

        if (content.ReadByte() >= 0 || crc != entry.Crc32)
        {
            throw new InvalidDataException("it is damaged (its checksum does not fit)");
        }
    }
}
