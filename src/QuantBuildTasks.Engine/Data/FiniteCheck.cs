using System.Numerics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Looks for NaN and infinities.</summary>
internal static class FiniteCheck
{
    /// <summary>The position of the first element that is no number, or null. Only floating-point types have such.</summary>
    public static long? FirstNonFinite(StoredArray array)
    {
        if (array.Type is not (ElementType.Float16 or ElementType.Float32 or ElementType.Float64))
        {
            return null;
        }

        long before = 0;
        foreach (Tensor block in array.Blocks())
        {
            if (FirstNonFinite(block) is { } at)
            {
                return before + at;
            }

            before += block.Length;
        }

        return null;
    }

    private static long? FirstNonFinite(Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => Find(tensor.Span<float>()),
        ElementType.Float64 => Find(tensor.Span<double>()),
        ElementType.Float16 => Find(tensor.Span<Half>()),
        _ => null,
    };

    private static long? Find<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
            {
                return i;
            }
        }

        return null;
    }
}
