using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>
/// Weight scales with which a kernel that adds pairs of products u8·s8 in a saturating int16 cannot saturate. With s = max over the pairs of the sum of
/// same-sign weights / 127, the integers of a pair sum up to at most 127 + 2·½ = 128 by rounding, and 255·128 = 32 640 fits into int16. For bell-shaped
/// weights this costs about half a bit, where limiting every weight to ±64 costs a whole one.
/// </summary>
internal static class PairSafeScales
{
    /// <summary>The largest sum of the integers of one sign in a pair.</summary>
    public const int LargestSum = 128;

    /// <summary>One scale per output; 0 for an output whose weights are all zero. The weights are finite.</summary>
    public static float[] Of(Tensor weight, ReductionOrder order)
    {
        var scales = new float[order.Outputs];
        var ordered = new float[order.Length];
        for (int output = 0; output < order.Outputs; output++)
        {
            double largest = 0;
            for (int sequence = 0; sequence < order.Sequences; sequence++)
            {
                order.Read(weight.Span<float>(), output, sequence, ordered);
                for (int k = 0; k < ordered.Length; k += 2)
                {
                    double first = ordered[k];
                    double second = k + 1 < ordered.Length ? ordered[k + 1] : 0;
                    double positive = Math.Max(first, 0) + Math.Max(second, 0);
                    double negative = Math.Max(-first, 0) + Math.Max(-second, 0);
                    largest = Math.Max(largest, Math.Max(positive, negative));
                }
            }

            scales[output] = largest == 0 ? 0 : AffineFormat.Normal(largest / WeightScales.Largest);
        }

        return scales;
    }
}
