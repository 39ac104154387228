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
        if (Magnitudes(weight, axes) is not { } largest)
        {
            return null;
        }

        bool fitsHalf = Array.TrueForAll(largest, l => l == 0 || (l / WeightScales.Largest is > 2 * LeastHalf and < MostHalf));
        Func<double, float> round = fitsHalf ? ToHalf : AffineFormat.Normal;
        var scales = new float[largest.Length];
        double total = 0;
        foreach ((int group, float[] numbers) in axes.Each(weight))
        {
            (scales[group], double error) = ScaleSearch.Best(numbers, shift, round);
            total += error;
        }

        return new GroupScales(scales, fitsHalf ? ElementType.Float16 : ElementType.Float32, total);
    }

    /// <summary>The largest magnitude in each group; null where a weight is NaN or infinite.</summary>
    private static double[]? Magnitudes(Tensor weight, GroupAxes axes)
    {
        (_, int count, int inner) = axes.Split(weight.Dims);
        ReadOnlySpan<float> values = weight.Span<float>();
        var largest = new double[count];
        for (int run = 0; run * inner < values.Length; run++)
        {
            ref double group = ref largest[run % count];
            foreach (float value in values.Slice(run * inner, inner))
            {
                if (!float.IsFinite(value))
                {
                    return null;
                }

                group = Math.Max(group, Math.Abs(value));
            }
        }

        return largest;
    }

    private static float ToHalf(double scale) => scale == 0 ? 1 : (float)(Half)scale;
}
