using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Integer tensors of any width.</summary>
internal static class Integers
{
    /// <summary>All elements; null where the tensor holds no integers. Unsigned values beyond 2⁶³ wrap to negative ones.</summary>
    public static long[]? Read(Tensor tensor) => tensor.Type switch
    {
        ElementType.Int8 => Convert(tensor.Span<sbyte>(), v => v),
        ElementType.UInt8 => Convert(tensor.Span<byte>(), v => v),
        ElementType.Int16 => Convert(tensor.Span<short>(), v => v),
        ElementType.UInt16 => Convert(tensor.Span<ushort>(), v => v),
        ElementType.Int32 => Convert(tensor.Span<int>(), v => v),
        ElementType.UInt32 => Convert(tensor.Span<uint>(), v => v),
        ElementType.Int64 => tensor.Span<long>().ToArray(),
        ElementType.UInt64 => Convert(tensor.Span<ulong>(), v => unchecked((long)v)),
        ElementType.Bool => Convert(tensor.Span<bool>(), v => v ? 1 : 0),
        _ => null,
    };

    private static long[] Convert<T>(ReadOnlySpan<T> values, Func<T, long> widen)
    {
        long[] result = new long[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = widen(values[i]);
        }

        return result;
    }
}
