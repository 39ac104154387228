using System.Numerics.Tensors;
using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>
/// The factor of each channel of a group, s[c] = a[c]^α / w[c]^(1 − α), by which activations are divided and the weights behind them multiplied: the
/// idea of cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction") with the trade
/// between activations and weights of SmoothQuant (Xiao et al. 2023). Producers' rows cost nothing, since each has a scale of its own. α is the one
/// with the least expected error of the layers behind: uniform rounding noise Δ²/12 of the activation's one scale and of each row's.
/// </summary>
internal static class EqualizationScales
{
    private const double ActivationLevels = 255;
    private const double WeightLevels = 127;

    /// <summary>How many times as large as all that calibration saw a number may be before a Clip cuts it that did not do so in the model.</summary>
    private const double Room = 1.5;

    /// <summary>Beyond this ratio of the largest factor to the least nothing is won, and float32 sums would lose digits.</summary>
    private const double MostRatio = 1 << 10;

    /// <summary>Least share of the error that must go: less is within what the noise model neglects.</summary>
    private const double LeastGain = 0.05;

    private static readonly double[] Alphas = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1];

    /// <summary>One factor for each channel, or null where equal factors are best.</summary>
    /// <param name="group">The group.</param>
    /// <param name="statistics">What its watched values held, by name.</param>
    public static double[]? Of(ChannelGroup group, IReadOnlyDictionary<string, ChannelStatistics> statistics) => Choose(group, statistics)?.Factors;

    /// <summary>The expected error with the best factors, or null where too little is known.</summary>
    /// <param name="group">The group.</param>
    /// <param name="statistics">What its watched values held, by name.</param>
    public static double? LeastError(ChannelGroup group, IReadOnlyDictionary<string, ChannelStatistics> statistics) => Choose(group, statistics)?.Error;

    private static (double[]? Factors, double Error)? Choose(ChannelGroup group, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        if (group.Watched.Any(v => !statistics.TryGetValue(v.Name, out ChannelStatistics? seen) || seen.Max.Length != group.Channels))
        {
            return null;
        }

        (double[] low, double[] high) = Hull(group, statistics);
        double[] least = LeastFactors(group, statistics);
        double[] ones = [.. Enumerable.Repeat(1.0, group.Channels)];
        ChannelPairs[] weights = [.. group.Consumers.Select(c => new ChannelPairs(c))];
        double before = Error(weights, statistics, ones, low, high);
        double[]? best = null;
        double leastError = before * (1 - LeastGain);
        double[] width = [.. low.Zip(high, (l, h) => Math.Max(-l, h))];
        double[] weight = ColumnWeights(weights, group.Channels);
        foreach (double alpha in Alphas)
        {
            double[] factors = Factors(width, weight, least, group.Limits.Count > 0, alpha);
            double error = Error(weights, statistics, factors, low, high);
            if (error < leastError)
            {
                (best, leastError) = (factors, error);
            }
        }

        return (best, best is null ? before : leastError);
    }

    /// <summary>The least and greatest number of each channel over all that is quantized, with zero.</summary>
    private static (double[] Low, double[] High) Hull(ChannelGroup group, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        var (low, high) = (new double[group.Channels], new double[group.Channels]);
        foreach (ChannelStatistics seen in group.Consumers.Select(c => statistics[c.Node.Input(0)!.Name]).Distinct())
        {
            for (int c = 0; c < low.Length; c++)
            {
                low[c] = Math.Min(low[c], seen.Min[c]);
                high[c] = Math.Max(high[c], seen.Max[c]);
            }
        }

        return (low, high);
    }

    /// <summary>What a limit leaves: x / s must stay below it, with room for numbers that calibration did not see, and where x comes near it, s is 1.</summary>
    private static double[] LeastFactors(ChannelGroup group, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        var least = new double[group.Channels];
        foreach ((Value output, float high) in group.Limits)
        {
            float[] max = statistics[output.Name].Max;
            for (int c = 0; c < least.Length; c++)
            {
                least[c] = Math.Max(least[c], Math.Min(1, Room * max[c] / (double)high));
            }
        }

        return least;
    }

    /// <summary>How much the weights of each input channel weigh, each output's row as a share of its largest; of depthwise layers nothing, since they take any factor.</summary>
    private static double[] ColumnWeights(IEnumerable<ChannelPairs> weights, int channels)
    {
        var columns = new double[channels];
        foreach (ChannelPairs weight in weights.Where(w => !w.Layer.IsDepthwise))
        {
            for (int output = 0; output < weight.Layer.Outputs; output++)
            {
                ReadOnlySpan<float> largest = weight.LargestOf(output);
                int first = weight.FirstInputOf(output);
                double row = TensorPrimitives.Max(largest);
                for (int i = 0; i < largest.Length && row > 0; i++)
                {
                    columns[first + i] = Math.Max(columns[first + i], largest[i] / row);
                }
            }
        }

        return columns;
    }

    private static double[] Factors(double[] width, double[] weight, double[] least, bool limited, double alpha)
    {
        double floor = weight.Max() / MostRatio;
        var factors = new double[width.Length];
        for (int c = 0; c < factors.Length; c++)
        {
            // A channel that is always zero has no say in any range.
            factors[c] = width[c] == 0 ? 0 : Math.Pow(width[c], alpha) / (floor == 0 ? 1 : Math.Pow(Math.Max(weight[c], floor), 1 - alpha));
        }

        double largest = factors.Max();
        for (int c = 0; c < factors.Length; c++)
        {
            factors[c] = factors[c] == 0 || largest == 0 ? 1 : Math.Max(factors[c] / largest, 1 / MostRatio);
            factors[c] = limited ? Math.Clamp(factors[c], least[c] == 0 ? factors[c] : least[c], 1) : factors[c];
        }

        // Only the ratios matter to the error: the largest number stays what it was, so that float16 holds it as before.
        double growth = limited || largest == 0 ? 1 : width.Zip(factors, (w, f) => w / f).Max() / width.Max();
        return Array.ConvertAll(factors, f => f * growth);
    }

    /// <summary>Expected noise ÷ signal at the outputs of the layers behind, summed over the layers.</summary>
    private static double Error(IEnumerable<ChannelPairs> weights, IReadOnlyDictionary<string, ChannelStatistics> statistics, double[] factors, double[] low, double[] high)
    {
        double top = 0;
        double bottom = 0;
        for (int c = 0; c < factors.Length; c++)
        {
            top = Math.Max(top, high[c] / factors[c]);
            bottom = Math.Min(bottom, low[c] / factors[c]);
        }

        double activationNoise = (top - bottom) / ActivationLevels * ((top - bottom) / ActivationLevels) / 12;
        double total = 0;
        foreach (ChannelPairs weight in weights)
        {
            double[] meanSquares = statistics[weight.Layer.Node.Input(0)!.Name].MeanSquare;
            double noise = 0;
            double signal = 0;
            for (int output = 0; output < weight.Layer.Outputs; output++)
            {
                ReadOnlySpan<double> squares = weight.SquaresOf(output);
                ReadOnlySpan<float> largest = weight.LargestOf(output);
                int first = weight.FirstInputOf(output);
                double row = 0;
                double read = 0;
                for (int i = 0; i < squares.Length; i++)
                {
                    double factor = factors[first + i];
                    row = Math.Max(row, largest[i] * factor);
                    read += meanSquares[first + i] / (factor * factor);
                    noise += squares[i] * factor * factor * activationNoise;
                    signal += squares[i] * meanSquares[first + i];
                }

                noise += read * weight.Layer.Positions * (row / WeightLevels) * (row / WeightLevels) / 12;
            }

            total += signal == 0 ? 0 : noise / signal;
        }

        return total;
    }
}
