using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Recurrent;

/// <summary>
/// Scales for the rows of a recurrent layer's weights. The kernel multiplies unsigned inputs with the transposed weight, so that x64 processors without VNNI add
/// products of neighbours within a row: (2j, 2j + 1). Where they saturate, scales are those that cannot (<see cref="PairSafeScales"/>); else those with the least error.
/// </summary>
internal static class RecurrentScales
{
    /// <summary>The scales of W or R.</summary>
    /// <param name="weight">[directions, rows, columns].</param>
    /// <param name="rule">What the profile's kernels need.</param>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static RowScales? Of(Tensor weight, SaturationRule rule)
    {
        if (GroupScales.Of(weight, new GroupAxes(0, 1)) is not { } best)
        {
            return null;
        }

        if (rule == SaturationRule.None)
        {
            return new RowScales(best.Scales, best.Type);
        }

        Tensor rows = weight.Reshape(weight.Dims[0] * weight.Dims[1], weight.Dims[2]);
        float[] safe = rule == SaturationRule.Pairs
            ? PairSafeScales.Of(rows, ReductionOrder.OfMatrix(rows, transposed: true))
            : WeightScales.PerChannel(rows, 0, WeightScales.LargestReduced)!;
        return Stored(WeightScales.Complete(safe, [], 1));
    }

    /// <summary>As float16, rounded up so that they stay safe, where all of them are normal numbers there.</summary>
    private static RowScales Stored(float[] scales)
    {
        bool fits = Array.TrueForAll(scales, s => s >= 1f / (1 << 14) && s < 32768);
        return fits
            ? new RowScales(Array.ConvertAll(scales, RoundUp), ElementType.Float16)
            : new RowScales(scales, ElementType.Float32);
    }

    private static float RoundUp(float scale)
    {
        var half = (Half)scale;
        return (float)((float)half < scale ? Half.BitIncrement(half) : half);
    }
}
