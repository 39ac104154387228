using System.Numerics;
using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Calibration.Histograms;

/// <summary>The two passes over a block of activations, vectorized. Both give what their scalar definitions give, bit for bit, at any vector width.</summary>
internal static class HistogramKernel
{
    /// <summary>The bits of a number without its sign: as integers they grow with it, and those of NaN are above those of infinity.</summary>
    private const int SizeMask = 0x7FFFFFFF;
    private const int Infinity = 0x7F800000;

    /// <summary>Least and greatest of at least one number; false where one is NaN or infinite. A negative zero counts as zero.</summary>
    public static bool TryFindRange(ReadOnlySpan<float> values, out float min, out float max)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        min = max = values[0];
        bool finite = true;
        if (vectors.Length > 0)
        {
            // Of what is not finite only that it is there counts, so the plain instructions will do, which do not look for NaN. Two of each chain: one would wait for itself.
            (Vector<float> least, Vector<float> alsoLeast) = (vectors[0], vectors[0]);
            (Vector<float> greatest, Vector<float> alsoGreatest) = (vectors[0], vectors[0]);
            (Vector<int> largest, Vector<int> alsoLargest) = (Vector<int>.Zero, Vector<int>.Zero);
            Vector<int> size = Vector.Create(SizeMask);
            for (int i = 0; i + 1 < vectors.Length; i += 2)
            {
                (Vector<float> one, Vector<float> other) = (vectors[i], vectors[i + 1]);
                least = Vector.MinNative(least, one);
                alsoLeast = Vector.MinNative(alsoLeast, other);
                greatest = Vector.MaxNative(greatest, one);
                alsoGreatest = Vector.MaxNative(alsoGreatest, other);
                largest = Vector.Max(largest, Vector.AsVectorInt32(one) & size);
                alsoLargest = Vector.Max(alsoLargest, Vector.AsVectorInt32(other) & size);
            }

            // Once more where it is the second of two.
            least = Vector.MinNative(Vector.MinNative(least, alsoLeast), vectors[^1]);
            greatest = Vector.MaxNative(Vector.MaxNative(greatest, alsoGreatest), vectors[^1]);
            largest = Vector.Max(Vector.Max(largest, alsoLargest), Vector.AsVectorInt32(vectors[^1]) & size);
            finite = Vector.LessThanAll(largest, Vector.Create(Infinity));
            for (int lane = 0; lane < Vector<float>.Count; lane++)
            {
                min = Math.Min(min, least[lane]);
                max = Math.Max(max, greatest[lane]);
            }
        }

        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            finite &= float.IsFinite(value);
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }

        // Which zero a minimum gives may depend on the order.
        min = min == 0 ? 0 : min;
        max = max == 0 ? 0 : max;
        return finite;
    }

    /// <summary>Writes ⌊x·2^-e⌋ − first for each number, and counts the zeros.</summary>
    /// <param name="values">Finite numbers whose index is below 2²³ in size.</param>
    /// <param name="reciprocal">2^-e.</param>
    /// <param name="first">Index of the bin that becomes 0.</param>
    /// <param name="bins">As many as there are numbers.</param>
    /// <returns>How many numbers are zero.</returns>
    public static int FindBins(ReadOnlySpan<float> values, float reciprocal, int first, Span<int> bins)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<int>> targets = MemoryMarshal.Cast<int, Vector<int>>(bins);
        Vector<float> factor = Vector.Create(reciprocal);
        Vector<int> origin = Vector.Create(first);
        Vector<int> zeros = Vector<int>.Zero;
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector<float> value = vectors[i];
            Vector<float> scaled = value * factor;

            // A tiny negative number may scale to zero by underflow; its bin is -1 all the same. Comparisons give -1 for true.
            Vector<int> underflow = Vector.Equals(scaled, Vector<float>.Zero) & Vector.LessThan(value, Vector<float>.Zero);
            targets[i] = Vector.ConvertToInt32Native(Vector.Floor(scaled)) + underflow - origin;
            zeros -= Vector.Equals(value, Vector<float>.Zero);
        }

        int zeroCount = Vector.Sum(zeros);
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
        {
            float scaled = values[i] * reciprocal;
            bins[i] = (int)MathF.Floor(scaled) - (scaled == 0 && values[i] < 0 ? 1 : 0) - first;
            zeroCount += values[i] == 0 ? 1 : 0;
        }

        return zeroCount;
    }
}
