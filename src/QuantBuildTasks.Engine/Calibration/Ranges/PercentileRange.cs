using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// Leaves out (100 − p)/200 of the numbers at each end, so that few outliers do not widen the steps of all others. Within a bin the numbers
/// are taken as evenly spread; the ends never pass what was observed, and 0 stays inside.
/// </summary>
/// <param name="Percent">0 &lt; p ≤ 100; 100 is the observed minimum and maximum.</param>
internal sealed record PercentileRange(double Percent) : RangeMethod
{
    /// <summary>Between 0 (excluded) and 100.</summary>
    public double Percent { get; } = Percent is > 0 and <= 100 ? Percent : throw new ArgumentOutOfRangeException(nameof(Percent));

    public override ValueRange Choose(TensorStatistics tensor)
    {
        Histogram histogram = tensor.Histogram;
        double cut = (100 - Percent) / 200 * histogram.Count;
        return new ValueRange(Low(histogram, cut), High(histogram, cut));
    }

    /// <summary>Where <paramref name="cut"/> numbers lie below.</summary>
    private static double Low(Histogram histogram, double cut)
    {
        ReadOnlySpan<long> counts = histogram.Counts;
        int bin = 0;
        for (; bin < counts.Length - 1 && cut >= counts[bin]; bin++)
        {
            cut -= counts[bin];
        }

        return Clamp(histogram, (histogram.FirstBin + bin + (cut / counts[bin])) * histogram.BinWidth);
    }

    /// <summary>Where <paramref name="cut"/> numbers lie above.</summary>
    private static double High(Histogram histogram, double cut)
    {
        ReadOnlySpan<long> counts = histogram.Counts;
        int bin = counts.Length - 1;
        for (; bin > 0 && cut >= counts[bin]; bin--)
        {
            cut -= counts[bin];
        }

        return Clamp(histogram, (histogram.FirstBin + bin + 1 - (cut / counts[bin])) * histogram.BinWidth);
    }

    private static double Clamp(Histogram histogram, double value) => Math.Clamp(value, histogram.Min, histogram.Max);
}
