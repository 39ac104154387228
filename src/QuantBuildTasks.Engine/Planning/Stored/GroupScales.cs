using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>Symmetric int8 scales with the least error, group by group (<see cref="ScaleSearch"/>).</summary>
/// <param name="Scales">One for each group, in C order.</param>
/// <param name="Type">In which type they can be stored without a loss: float16 where all of them are normal numbers there, else float32.</param>
/// <param name="Error">The error that they leave, summed over the groups.</param>
internal sealed record GroupScales(IReadOnlyList<float> Scales, ElementType Type, double Error)
{
    /// <summary>The least normal float16: below it steps between scales grow.</summary>
    private const double LeastHalf = 1.0 / (1 << 14);

    /// <summary>Room for the candidates above the largest weight's own scale.</summary>
    private const double MostHalf = 32768;

    /// <summary>The best scales for a weight.</summary>
    /// <param name="weight">float32.</param>
    /// <param name="axes">Which weights share a scale.</param>
    /// <param name="shift">How much a shift of the output counts: ρ of <see cref="GroupRounding"/>.</param>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static GroupScales? Of(Tensor weight, GroupAxes axes, double shift = 0)
    {
        float[][] groups = axes.Groups(weight);
        if (!Array.TrueForAll(groups, g => Array.TrueForAll(g, float.IsFinite)))
        {
            return null;
        }

        double[] largest = Array.ConvertAll(groups, g => g.Max(w => (double)Math.Abs(w)));
        bool fitsHalf = Array.TrueForAll(largest, l => l == 0 || (l / WeightScales.Largest is > 2 * LeastHalf and < MostHalf));
        (float Scale, double Error)[] best = Array.ConvertAll(groups, g => ScaleSearch.Best(g, shift, fitsHalf ? ToHalf : AffineFormat.Normal));
        return new GroupScales([.. best.Select(b => b.Scale)], fitsHalf ? ElementType.Float16 : ElementType.Float32, best.Sum(b => b.Error));
    }

    private static float ToHalf(double scale) => scale == 0 ? 1 : (float)(Half)scale;
}
