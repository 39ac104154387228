using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>Symmetric int8 scales with the least squared error, group by group (<see cref="ScaleSearch"/>).</summary>
/// <param name="Scales">One for each group, in C order.</param>
/// <param name="Type">In which type they can be stored without a loss: float16 where all of them are normal numbers there, else float32.</param>
/// <param name="Error">The sum of squared errors that they leave.</param>
internal sealed record GroupScales(IReadOnlyList<float> Scales, ElementType Type, double Error)
{
    /// <summary>The least normal float16: below it steps between scales grow.</summary>
    private const double LeastHalf = 1.0 / (1 << 14);

    /// <summary>Room for the candidates above the largest weight's own scale.</summary>
    private const double MostHalf = 32768;

    /// <summary>The best scales for a weight.</summary>
    /// <param name="weight">float32.</param>
    /// <param name="axes">Which weights share a scale.</param>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static GroupScales? Of(Tensor weight, GroupAxes axes)
    {
        float[][] groups = Groups(weight, axes);
        if (!Array.TrueForAll(groups, g => Array.TrueForAll(g, float.IsFinite)))
        {
            return null;
        }

        double[] largest = Array.ConvertAll(groups, g => g.Max(w => (double)Math.Abs(w)));
        bool fitsHalf = Array.TrueForAll(largest, l => l == 0 || (l / WeightScales.Largest is > 2 * LeastHalf and < MostHalf));
        (float Scale, double Error)[] best = Array.ConvertAll(groups, g => ScaleSearch.Best(g, fitsHalf ? ToHalf : AffineFormat.Normal));
        return new GroupScales([.. best.Select(b => b.Scale)], fitsHalf ? ElementType.Float16 : ElementType.Float32, best.Sum(b => b.Error));
    }

    private static float ToHalf(double scale) => scale == 0 ? 1 : (float)(Half)scale;

    private static float[][] Groups(Tensor weight, GroupAxes axes)
    {
        (int outer, int count, int inner) = axes.Split(weight.Dims);
        ReadOnlySpan<float> values = weight.Span<float>();
        var groups = new float[count][];
        for (int g = 0; g < count; g++)
        {
            groups[g] = new float[outer * inner];
            for (int o = 0; o < outer; o++)
            {
                values.Slice(((o * count) + g) * inner, inner).CopyTo(groups[g].AsSpan(o * inner));
            }
        }

        return groups;
    }
}
