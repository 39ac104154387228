using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Reads one array in NumPy's .npy format.</summary>
internal static class NpyReader
{
    /// <summary>The array in C order. Where it is stored so, the tensor shares the memory of <paramref name="file"/>.</summary>
    /// <param name="file">The whole file; what it claims of itself is checked against its length before anything is allocated.</param>
    /// <exception cref="InvalidDataException">It is no such file, is cut off, or holds elements that ONNX does not have. The message is a clause for the user.</exception>
    public static Tensor Read(ReadOnlyMemory<byte> file)
    {
        NpyHeader header = NpyHeader.Read(file.Span);
        ReadOnlyMemory<byte> data = file[header.DataOffset..];
        if (SizeOf(header) is not { } expected || expected > data.Length)
        {
            throw new InvalidDataException($"it is cut off: [{string.Join(", ", header.Dims)}] of {header.Type} needs more than the {data.Length} bytes that follow its header");
        }

        if (expected < data.Length)
        {
            throw new InvalidDataException($"{data.Length - expected} bytes follow after its last element");
        }

        int itemSize = header.Type.BitWidth() / 8;
        if (header.FortranOrder && header.Dims.Count > 1)
        {
            return Tensor.FromBytes(header.Type, header.Dims, FortranOrder.ToC(data.Span, header.Dims, itemSize));
        }

        // Other writers than NumPy may not pad the header: keep elements on addresses that are multiples of their size.
        return Tensor.FromBytes(header.Type, header.Dims, header.DataOffset % itemSize == 0 ? data : data.ToArray());
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
