using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Arrays whose first dimension varies fastest.</summary>
internal static class FortranOrder
{
    /// <summary>The same elements in C order (the last dimension varies fastest).</summary>
    /// <param name="source">All elements in Fortran order.</param>
    /// <param name="dims">Sizes, outermost first.</param>
    /// <param name="itemSize">Bytes of one element: 1, 2, 4 or 8.</param>
    public static byte[] ToC(ReadOnlySpan<byte> source, IReadOnlyList<long> dims, int itemSize)
    {
        byte[] result = new byte[source.Length];
        switch (itemSize)
        {
            case 1:
                Reorder(source, (Span<byte>)result, dims);
                break;
            case 2:
                Reorder(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<byte, ushort>(result.AsSpan()), dims);
                break;
            case 4:
                Reorder(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<byte, uint>(result.AsSpan()), dims);
                break;
            case 8:
                Reorder(MemoryMarshal.Cast<byte, ulong>(source), MemoryMarshal.Cast<byte, ulong>(result.AsSpan()), dims);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(itemSize));
        }

        return result;
    }

    private static void Reorder<T>(ReadOnlySpan<T> source, Span<T> target, IReadOnlyList<long> dims)
    {
        int rank = dims.Count;
        int[] strides = new int[rank];
        for (int axis = 0, stride = 1; axis < rank && source.Length > 0; axis++)
        {
            strides[axis] = stride;
            stride *= (int)dims[axis];
        }

        int[] index = new int[rank];
        for (int i = 0, from = 0; i < target.Length; i++)
        {
            target[i] = source[from];
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
        }
    }
}
