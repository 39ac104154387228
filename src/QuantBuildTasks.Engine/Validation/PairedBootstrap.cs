namespace QuantBuildTasks.Engine.Validation;

/// <summary>Percentile bootstrap interval of a mean of paired differences (Efron 1987; for pairs, Koehn 2004).</summary>
internal static class PairedBootstrap
{
    public const int Resamples = 2000;

    private const ulong Seed = 0x5155_414E_5442_5549;

    /// <summary>The 95 % interval of the mean: the 2.5th and 97.5th percentile of the means of resamples of the same size.</summary>
    /// <param name="differences">One number for each sample; at least one.</param>
    public static Interval OfMean(ReadOnlySpan<double> differences)
    {
        var random = new SplitMix64(Seed);
        double[] means = new double[Resamples];
        for (int r = 0; r < Resamples; r++)
        {
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                sum += differences[random.Next(differences.Length)];
            }

            means[r] = sum / differences.Length;
        }

        Array.Sort(means);
        return new Interval(At(means, 0.025), At(means, 0.975));
    }

    /// <summary>A quantile, linear between its neighbours.</summary>
    private static double At(double[] sorted, double quantile)
    {
        double position = quantile * (sorted.Length - 1);
        int below = (int)position;
        double part = position - below;
        return sorted[below] + (part == 0 ? 0 : part * (sorted[below + 1] - sorted[below]));
    }
}
