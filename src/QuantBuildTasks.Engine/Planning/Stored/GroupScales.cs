using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// Symmetric int8 scales with the least squared error, group by group. The largest weight decides the scale where weights are spread evenly; where one
/// outlier would make the steps coarse for all others, it is clipped: the best of a grid of smaller scales is taken.
/// </summary>
internal static class GroupScales
{
    private const int Steps = 16;
    private const double Step = 0.025;

    /// <summary>The scales, and the sum of squared errors that they leave.</summary>
    /// <param name="weight">float32.</param>
    /// <param name="axes">Which weights share a scale.</param>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static (float[] Scales, double Error)? Of(Tensor weight, GroupAxes axes)
    {
        (int outer, int count, int inner) = axes.Split(weight.Dims);
        ReadOnlySpan<float> values = weight.Span<float>();
        var scales = new float[count];
        var group = new float[outer * inner];
        double total = 0;
        for (int g = 0; g < count; g++)
        {
            double largest = 0;
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<float> run = values.Slice(((o * count) + g) * inner, inner);
                run.CopyTo(group.AsSpan(o * inner));
                foreach (float value in run)
                {
                    if (!float.IsFinite(value))
                    {
                        return null;
                    }

                    largest = Math.Max(largest, Math.Abs(value));
                }
            }

            (scales[g], double error) = Best(group, largest);
            total += error;
        }

        return (scales, total);
    }

    private static (float Scale, double Error) Best(ReadOnlySpan<float> group, double largest)
    {
        float best = AffineFormat.Normal(largest / WeightScales.Largest);
        double least = Error(group, best, double.PositiveInfinity);
        for (int i = 1; i <= Steps && least > 0; i++)
        {
            float scale = AffineFormat.Normal(largest * (1 - (i * Step)) / WeightScales.Largest);
            double error = Error(group, scale, least);
            if (error < least)
            {
                (best, least) = (scale, error);
            }
        }

        return (best, least);
    }

    /// <summary>Sum of squared errors; more than <paramref name="enough"/> is not counted to the end.</summary>
    private static double Error(ReadOnlySpan<float> group, float scale, double enough)
    {
        double sum = 0;
        for (int start = 0; start < group.Length && sum < enough; start += 256)
        {
            foreach (float value in group.Slice(start, Math.Min(256, group.Length - start)))
            {
                double integer = Math.Clamp(MathF.Round(value / scale, MidpointRounding.ToEven), -WeightScales.Largest, WeightScales.Largest);
                double error = value - (integer * scale);
                sum += error * error;
            }
        }

        return sum;
    }
}
