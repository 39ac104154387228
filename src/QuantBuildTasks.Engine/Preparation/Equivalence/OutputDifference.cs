using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Equivalence;

/// <summary>How far two tensors lie apart.</summary>
internal static class OutputDifference
{
    /// <summary>
    /// Floats: the largest difference of an element as a share of the largest finite magnitude in <paramref name="reference"/>; infinity where sizes differ or one is
    /// NaN or infinite and the other is not. Other types: the share of elements that differ.
    /// </summary>
    public static double Between(Tensor reference, Tensor other)
    {
        if (reference.Type != other.Type || !reference.Dims.SequenceEqual(other.Dims))
        {
            return double.PositiveInfinity;
        }

        return reference.Type switch
        {
            ElementType.Float32 => Floats(Array.ConvertAll(reference.Span<float>().ToArray(), v => (double)v), Array.ConvertAll(other.Span<float>().ToArray(), v => (double)v)),
            ElementType.Float16 => Floats(Array.ConvertAll(reference.Span<Half>().ToArray(), v => (double)v), Array.ConvertAll(other.Span<Half>().ToArray(), v => (double)v)),
            ElementType.Float64 => Floats(reference.Span<double>().ToArray(), other.Span<double>().ToArray()),
            _ => ShareOfDifferent(reference, other),
        };
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    public static bool IsFinite(Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => Array.TrueForAll(tensor.Span<float>().ToArray(), float.IsFinite),
        ElementType.Float16 => Array.TrueForAll(tensor.Span<Half>().ToArray(), Half.IsFinite),
        ElementType.Float64 => Array.TrueForAll(tensor.Span<double>().ToArray(), double.IsFinite),
        _ => true,
    };

    private static double Floats(double[] reference, double[] other)
    {
        double magnitude = 0;
        double difference = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            (double a, double b) = (reference[i], other[i]);
            if (a.Equals(b) || a == b)
            {
                magnitude = double.IsFinite(a) ? Math.Max(magnitude, Math.Abs(a)) : magnitude;
                continue;
            }

            if (!double.IsFinite(a) || !double.IsFinite(b))
            {
                return double.PositiveInfinity;
            }

            magnitude = Math.Max(magnitude, Math.Abs(a));
            difference = Math.Max(difference, Math.Abs(a - b));
        }

        return difference == 0 ? 0 : difference / magnitude;
    }

    private static double ShareOfDifferent(Tensor reference, Tensor other)
    {
        ReadOnlySpan<byte> a = reference.Bytes.Span;
        ReadOnlySpan<byte> b = other.Bytes.Span;
        int width = Math.Max(1, reference.Type.BitWidth() / 8);
        long different = 0;
        for (int i = 0; i < a.Length; i += width)
        {
            different += a.Slice(i, width).SequenceEqual(b.Slice(i, width)) ? 0 : 1;
        }

        return different == 0 ? 0 : (double)different / reference.Length;
    }
}
