using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// The threshold T for which [−T, T], cut to what was observed, keeps most of the distribution's information: with P the histogram whose tails are folded into the
/// outermost bins and Q the same numbers merged into 256 levels and spread evenly over the bins of each level that are not empty, the least KL(P‖Q) = Σ p·ln(p/q).
/// </summary>
/// <remarks>
/// Migacz 2017, 8-bit Inference with TensorRT, but with as many levels as an unsigned byte has, up to 4,096 bins (with as many bins as levels every threshold
/// loses but the widest), and zeros, which are exact in any range, left out.
/// </remarks>
internal sealed record EntropyRange : RangeMethod
{
    private const int Levels = 256;
    private const int Candidates = 128;

    // An empty bin holds this part of a number; the others pay for it evenly, so that the logarithm is finite (as MXNet's calibration smooths).
    private const double Smallest = 1e-4;

    public override ValueRange Choose(TensorStatistics tensor)
    {
        Histogram histogram = tensor.Histogram;
        double widest = Math.Max(Math.Abs((double)histogram.Min), Math.Abs((double)histogram.Max));
        ValueRange best = new(histogram.Min, histogram.Max);
        double least = double.PositiveInfinity;
        for (int i = Candidates; i > 0; i--)
        {
            double threshold = widest * i / Candidates;
            ValueRange range = new(Math.Max(histogram.Min, -threshold), Math.Min(histogram.Max, threshold));
            if (Divergence(histogram, range) is { } divergence && divergence < least)
            {
                (best, least) = (range, divergence);
            }
        }

        return best;
    }

    /// <summary>KL(P‖Q) in nats; null where the range spans fewer bins than there are levels, of which it could say nothing.</summary>
    private static double? Divergence(Histogram histogram, ValueRange range)
    {
        ReadOnlySpan<long> counts = histogram.Counts;
        int first = Bin(histogram, range.Min);
        int end = Bin(histogram, range.Max) + 1;
        int length = end - first;
        if (length < Levels)
        {
            return null;
        }

        double[] p = new double[length];
        double[] q = new double[length];
        for (int i = 0; i < counts.Length; i++)
        {
            long count = counts[i] - (histogram.FirstBin + i == 0 ? histogram.ZeroCount : 0);
            p[Math.Clamp(i - first, 0, length - 1)] += count;
            if (i >= first && i < end)
            {
                q[i - first] = count;
            }
        }

        for (int level = 0; level < Levels; level++)
        {
            Spread(q.AsSpan(level * length / Levels, ((level + 1) * length / Levels) - (level * length / Levels)));
        }

        return Smooth(p) && Smooth(q) ? Divergence(p, q) : null;
    }

    private static int Bin(Histogram histogram, double value) =>
        Math.Clamp((int)Math.Floor(value / histogram.BinWidth) - histogram.FirstBin, 0, histogram.Counts.Length - 1);

    private static void Spread(Span<double> level)
    {
        double sum = 0;
        int filled = 0;
        foreach (double count in level)
        {
            sum += count;
            filled += count > 0 ? 1 : 0;
        }

        foreach (ref double count in level)
        {
            count = count > 0 ? sum / filled : 0;
        }
    }

    private static bool Smooth(double[] counts)
    {
        double sum = counts.Sum();
        int empty = counts.Count(c => c == 0);
        double taken = empty == counts.Length ? 0 : Smallest * empty / (counts.Length - empty);
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = counts[i] == 0 ? Smallest : Math.Max(Smallest, counts[i] - taken);
        }

        double all = counts.Sum();
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] /= all;
        }

        return sum > 0;
    }

    private static double Divergence(double[] p, double[] q)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            sum += p[i] * Log(p[i] / q[i]);
        }

        return sum;
    }

    /// <summary>ln x for normal x, the same on every machine: x = m·2^e with m next to 1, ln m = 2·artanh((m − 1)/(m + 1)).</summary>
    private static double Log(double x)
    {
        int exponent = Math.ILogB(x);
        double m = Math.ScaleB(x, -exponent);
        (m, exponent) = m > 1.5 ? (m / 2, exponent + 1) : (m, exponent);
        double t = (m - 1) / (m + 1);
        double square = t * t;
        double series = 0;
        for (int k = 23; k >= 1; k -= 2)
        {
            series = (series * square) + (1.0 / k);
        }

        return (2 * t * series) + (exponent * 0.69314718055994530942);
    }
}
