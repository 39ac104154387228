using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Reads one array in NumPy's .npy format.</summary>
internal static class NpyReader
{
    /// <summary>numpy's own headers take some hundred bytes.</summary>
    private const int MostHeaderBytes = 1 << 20;

    /// <summary>The array in C order. Where it is stored so, its elements stay where they are.</summary>
    /// <param name="store">What holds the file; what it claims of itself is checked against its length before anything is allocated.</param>
    /// <param name="offset">Where the file starts in it.</param>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="files">Takes elements that have to be brought into C order.</param>
    /// <exception cref="InvalidDataException">It is no such file, is cut off, or holds elements that ONNX does not have. The message is a clause for the user.</exception>
    public static StoredArray Read(ByteStore store, long offset, long length, OpenFiles files)
    {
        NpyHeader header = NpyHeader.Read(store.Slice(offset, (int)Math.Min(length, MostHeaderBytes)).Span);
        long present = length - header.DataOffset;
        if (SizeOf(header) is not { } expected || expected > present)
        {
            throw new InvalidDataException($"it is cut off: [{string.Join(", ", header.Dims)}] of {header.Type} needs more than the {present} bytes that follow its header");
        }

        if (expected < present)
        {
            throw new InvalidDataException($"{present - expected} bytes follow after its last element");
        }

        var array = new StoredArray(header.Type, header.Dims, store, offset + header.DataOffset);
        return header.FortranOrder && header.Dims.Count > 1 && expected > 0 ? InCOrder(array, files) : array;
    }

    /// <summary>The array brought into C order, once: batches read from Fortran order would touch the whole file each.</summary>
    private static StoredArray InCOrder(StoredArray array, OpenFiles files)
    {
        long size = array.ByteLength;
        if (size > int.MaxValue)
        {
            throw new InvalidDataException($"it has {size} bytes in Fortran order, which is read up to {int.MaxValue}; save it in C order, for example numpy.ascontiguousarray(x)");
        }

        ReadOnlyMemory<byte> source = array.Read(0, (int)size);
        ByteStore ordered = files.Spool(size, target => FortranOrder.WriteC(source.Span, array.Dims, array.Type.BitWidth() / 8, target));
        return array with { Store = ordered, Offset = 0 };
    }

    /// <summary>Bytes of all elements, or null where no memory could hold them.</summary>
    private static long? SizeOf(NpyHeader header)
    {
        if (header.Dims.Contains(0))
        {
            return 0;
        }

        long count = header.Type.BitWidth() / 8;
        foreach (long dim in header.Dims)
        {
            if (count > long.MaxValue / dim)
            {
                return null;
            }

            count *= dim;
        }

        return count;
    }
}
