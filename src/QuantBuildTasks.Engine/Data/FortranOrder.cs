using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Arrays whose first dimension varies fastest.</summary>
internal static class FortranOrder
{
    private const int BlockSize = 1 << 14;

    /// <summary>Writes the same elements in C order (the last dimension varies fastest).</summary>
    /// <param name="source">All elements in Fortran order.</param>
    /// <param name="dims">Sizes, outermost first.</param>
    /// <param name="itemSize">Bytes of one element: 1, 2, 4 or 8.</param>
    /// <param name="target">Takes the bytes.</param>
    public static void WriteC(ReadOnlySpan<byte> source, IReadOnlyList<long> dims, int itemSize, Stream target)
    {
        switch (itemSize)
        {
            case 1:
                Reorder(source, dims, target);
                break;
            case 2:
                Reorder(MemoryMarshal.Cast<byte, ushort>(source), dims, target);
                break;
            case 4:
                Reorder(MemoryMarshal.Cast<byte, uint>(source), dims, target);
                break;
            case 8:
                Reorder(MemoryMarshal.Cast<byte, ulong>(source), dims, target);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(itemSize));
        }
    }

    private static void Reorder<T>(ReadOnlySpan<T> source, IReadOnlyList<long> dims, Stream target)
        where T : unmanaged
    {
        int rank = dims.Count;
        int[] strides = new int[rank];
        for (int axis = 0, stride = 1; axis < rank && source.Length > 0; axis++)
        {
            strides[axis] = stride;
            stride *= (int)dims[axis];
        }

        var block = new T[Math.Min(BlockSize, source.Length)];
        int[] index = new int[rank];
        for (int done = 0, from = 0; done < source.Length; done += block.Length)
        {
            int count = Math.Min(block.Length, source.Length - done);
            for (int i = 0; i < count; i++)
            {
                block[i] = source[from];
                from = Next(from);
            }

            target.Write(MemoryMarshal.AsBytes(block.AsSpan(0, count)));
        }

        // Where the element stands that follows in C order.
        int Next(int from)
        {
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < dims[axis])
                {
                    break;
                }

                from -= index[axis] * strides[axis];
                index[axis] = 0;
            }

            return from;
        }
    }
}
