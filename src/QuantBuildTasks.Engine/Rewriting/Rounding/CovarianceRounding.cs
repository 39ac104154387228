using System.Numerics.Tensors;
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

    /// <summary>Rounds in place.</summary>
    /// <param name="row">Weights; they become q·s.</param>
    /// <param name="scales">The scale of each.</param>
    /// <param name="matrix">C, symmetric, row after row.</param>
    public static void Round(Span<float> row, ReadOnlySpan<float> scales, ReadOnlySpan<float> matrix)
    {
        int length = row.Length;
        var error = new float[length];
        var other = new float[length];
        var slope = new float[length];
        for (int i = 0; i < length; i++)
        {
            float exact = row[i] / scales[i];
            float nearest = Math.Clamp(MathF.Round(exact, MidpointRounding.ToEven), -WeightScales.Largest, WeightScales.Largest);
            float second = exact - nearest > Exact ? nearest + 1 : exact - nearest < -Exact ? nearest - 1 : nearest;
            second = MathF.Abs(second) > WeightScales.Largest ? nearest : second;
            error[i] = row[i] - (nearest * scales[i]);
            other[i] = row[i] - (second * scales[i]);
        }

        for (int i = 0; i < length; i++)
        {
            if (error[i] != 0)
            {
                TensorPrimitives.MultiplyAdd(matrix.Slice(i * length, length), error[i], slope, slope);
            }
        }

        for (int flips = 0; flips < 4 * length; flips++)
        {
            int best = -1;
            float most = 0;
            for (int i = 0; i < length; i++)
            {
                float change = other[i] - error[i];
                float gain = change * ((2 * slope[i]) + (change * matrix[(i * length) + i]));
                if (gain < most)
                {
                    (best, most) = (i, gain);
                }
            }

            if (best < 0)
            {
                break;
            }

            TensorPrimitives.MultiplyAdd(matrix.Slice(best * length, length), other[best] - error[best], slope, slope);
            (error[best], other[best]) = (other[best], error[best]);
        }

        for (int i = 0; i < length; i++)
        {
            row[i] = MathF.Round((row[i] - error[i]) / scales[i]) * scales[i];
        }
    }
}
