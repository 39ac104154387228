using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// Rounds a row of weights up or down so that the layer's output changes least on the data: e = w − q·s with the least eᵀ·C·e, C the second moments of
/// what the row is multiplied with. The problem of AdaRound (Nagel et al. 2020) for a linear layer, solved by steepest descent over single roundings
/// from the nearest integers until none lessens the error: no random numbers, no step size, and never worse on C than rounding to nearest.
/// </summary>
internal static class CovarianceRounding
{
    /// <summary>
    /// A weight this near to an integer stays there: the other one is a whole step away, and pairs of weights that are safe from saturation (<see cref="PairSafeScales"/>) are
    /// so when each is rounded up or down from where it really is, not from where float32 puts it.
    /// </summary>
    private const float Exact = 1e-3f;

    private const int Width = 8;

    /// <summary>Rounds in place.</summary>
    /// <param name="row">Weights; they become q·s.</param>
    /// <param name="scales">The scale of each.</param>
    /// <param name="matrix">C, symmetric, row after row.</param>
    public static void Round(Span<float> row, ReadOnlySpan<float> scales, ReadOnlySpan<float> matrix)
    {
        int length = row.Length;

        // Whole vectors: what is beyond the row changes nothing, and nothing is won by changing it.
        int padded = (length + Width - 1) / Width * Width;
        var error = new float[length];
        var change = new float[padded];
        var curve = new float[padded];
        var slope = new float[padded];
        for (int i = 0; i < length; i++)
        {
            float exact = row[i] / scales[i];
            float nearest = Math.Clamp(MathF.Round(exact, MidpointRounding.ToEven), -WeightScales.Largest, WeightScales.Largest);
            float second = exact - nearest > Exact ? nearest + 1 : exact - nearest < -Exact ? nearest - 1 : nearest;
            second = MathF.Abs(second) > WeightScales.Largest ? nearest : second;
            error[i] = row[i] - (nearest * scales[i]);
            change[i] = row[i] - (second * scales[i]) - error[i];
            curve[i] = matrix[(i * length) + i];
        }

        Span<float> slopes = slope.AsSpan(0, length);
        for (int i = 0; i < length; i++)
        {
            if (error[i] != 0)
            {
                TensorPrimitives.MultiplyAdd(matrix.Slice(i * length, length), error[i], slopes, slopes);
            }
        }

        for (int flips = 0; flips < 4 * length && Steepest(change, slope, curve) is { } best; flips++)
        {
            TensorPrimitives.MultiplyAdd(matrix.Slice(best * length, length), change[best], slopes, slopes);
            error[best] += change[best];
            change[best] = -change[best];
        }

        for (int i = 0; i < length; i++)
        {
            row[i] = MathF.Round((row[i] - error[i]) / scales[i]) * scales[i];
        }
    }

    /// <summary>The same row with each weight rounded to the nearest.</summary>
    public static float[] Nearest(ReadOnlySpan<float> row, ReadOnlySpan<float> scales)
    {
        var nearest = new float[row.Length];
        for (int i = 0; i < nearest.Length; i++)
        {
            nearest[i] = Math.Clamp(MathF.Round(row[i] / scales[i], MidpointRounding.ToEven), -WeightScales.Largest, WeightScales.Largest) * scales[i];
        }

        return nearest;
    }

    /// <summary>The change d with the least d·(2·slope + d·curve), the first of equals; null where none is below zero.</summary>
    private static int? Steepest(ReadOnlySpan<float> change, ReadOnlySpan<float> slope, ReadOnlySpan<float> curve)
    {
        Vector256<float> least = Vector256<float>.Zero;
        Vector256<int> places = Vector256<int>.Zero;
        Vector256<int> place = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);
        for (int i = 0; i < change.Length; i += Width, place += Vector256.Create(Width))
        {
            Vector256<float> d = Vector256.Create(change[i..]);
            Vector256<float> s = Vector256.Create(slope[i..]);
            Vector256<float> gain = d * (s + s + (d * Vector256.Create(curve[i..])));
            Vector256<float> isLess = Vector256.LessThan(gain, least);
            least = Vector256.ConditionalSelect(isLess, gain, least);
            places = Vector256.ConditionalSelect(isLess.AsInt32(), place, places);
        }

        (float Gain, int Place) best = (0, 0);
        for (int lane = 0; lane < Width; lane++)
        {
            if (least[lane] < best.Gain || (least[lane] == best.Gain && best.Gain < 0 && places[lane] < best.Place))
            {
                best = (least[lane], places[lane]);
            }
        }

        return best.Gain < 0 ? best.Place : null;
    }
}
