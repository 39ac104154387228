namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>Percentile bootstrap interval of a statistic of paired samples (Efron 1987; for pairs, Koehn 2004).</summary>
internal static class PairedBootstrap
{
    public const int Resamples = 2000;

    private const ulong Seed = 0x5155_414E_5442_5549;

    /// <summary>The 95 % interval of the mean: the 2.5th and 97.5th percentile of the means of resamples of the same size.</summary>
    /// <param name="differences">One number for each sample; at least one.</param>
    public static Interval OfMean(IReadOnlyList<double> differences)
    {
        double[] values = [.. differences];
        return Of(values.Length, drawn =>
        {
            double sum = 0;
            foreach (int i in drawn)
            {
                sum += values[i];
            }

            return sum / drawn.Length;
        });
    }

    /// <summary>The 95 % interval of what is computed from all samples at once, such as a difference of two ratios of sums.</summary>
    /// <param name="samples">How many there are; at least one.</param>
    /// <param name="statistic">Its value for samples drawn with replacement; NaN where they have none, which counts for nothing.</param>
    public static Interval Of(int samples, Func<ReadOnlySpan<int>, double> statistic)
    {
        var random = new SplitMix64(Seed);
        var values = new List<double>(Resamples);
        int[] drawn = new int[samples];
        for (int r = 0; r < Resamples; r++)
        {
            for (int i = 0; i < samples; i++)
            {
                drawn[i] = random.Next(samples);
            }

            if (statistic(drawn) is var value && !double.IsNaN(value))
            {
                values.Add(value);
            }
        }

        values.Sort();
        return values.Count == 0 ? new Interval(double.NaN, double.NaN) : new Interval(At(values, 0.025), At(values, 0.975));
    }

    /// <summary>A quantile, linear between its neighbours.</summary>
    private static double At(List<double> sorted, double quantile)
    {
        double position = quantile * (sorted.Count - 1);
        int below = (int)position;
        double part = position - below;
        return sorted[below] + (part == 0 ? 0 : part * (sorted[below + 1] - sorted[below]));
    }
}
