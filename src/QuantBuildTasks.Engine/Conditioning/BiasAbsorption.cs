using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>
/// High-bias absorption (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", §4.1.3): a part c of a channel that is always there moves into the biases of
/// the layers that read it, W·h + b = W·(h − c) + (b + W·c), and the tensor in between has a smaller range. Behind a Relu, c is what the channel never goes below:
/// max(0, x − c) + c = max(0, x) where x ≥ c ≥ 0. With nothing that clamps any c is exact; the mean leaves the numbers of all channels around zero, so that a range may still cut
/// what is rare, as the middle between the ends, which a rare number can move anywhere, would not.
/// </summary>
internal static class BiasAbsorption
{
    /// <summary>The paper's c = β − 3γ: a channel that is spread as a bell goes below its mean less three deviations once in 741 numbers, whatever the calibration data happened to hold.</summary>
    private const double Deviations = 3;

    /// <summary>Of fewer numbers neither the ends nor the deviation tell what a channel can hold.</summary>
    private const int LeastNumbers = 32;

    /// <summary>
    /// Least share of the noise at the layers behind that must go, about 1 dB: a clamp no longer gives exactly what it did where a channel goes below all that was seen, which less is not worth.
    /// </summary>
    private const double LeastGain = 0.2;

    /// <summary>Names of the values whose channels must be known (see <see cref="ChannelWatcher"/>).</summary>
    public static IReadOnlyList<string> ValuesToWatch(Graph graph, Func<Node, bool> isKept) => [.. Paths(graph, isKept).SelectMany(p => p.Watched).Select(v => v.Name).Distinct()];

    /// <summary>Moves offsets where it lessens the expected noise, with the best factors between channels before and after.</summary>
    /// <param name="graph">The main graph of a prepared model; changed in place.</param>
    /// <param name="isKept">Nodes that must stay as they are.</param>
    /// <param name="statistics">Of the values to watch.</param>
    /// <returns>The statistics of all these values as they are now.</returns>
    public static IReadOnlyDictionary<string, ChannelStatistics> Apply(Graph graph, Func<Node, bool> isKept, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        Dictionary<string, ChannelStatistics> now = statistics.ToDictionary(StringComparer.Ordinal);
        foreach (OffsetPath path in Paths(graph, isKept))
        {
            if (path.Watched.All(v => statistics.TryGetValue(v.Name, out ChannelStatistics? seen) && seen.Min.Length == path.Group.Channels && seen.Count >= LeastNumbers)
                && Offsets(path, statistics) is var offsets && Gains(path, offsets, statistics) && path.TryMove(offsets))
            {
                foreach (Value value in path.Watched)
                {
                    now[value.Name] = statistics[value.Name].Less(offsets);
                }
            }
        }

        return now;
    }

    private static IEnumerable<OffsetPath> Paths(Graph graph, Func<Node, bool> isKept) => ChannelGroups.Of(graph, isKept).Select(OffsetPath.Of).OfType<OffsetPath>();

    private static double[] Offsets(OffsetPath path, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        ChannelStatistics given = statistics[path.Given.Name];
        double[] variance = given.Variance;
        return [.. Enumerable.Range(0, path.Group.Channels).Select(c => path.Clamps.Count == 0
            ? given.Mean[c]
            : path.Clamps.Any(l => given.Max[c] >= l.High) ? 0 : Math.Max(0, Math.Min(given.Min[c], given.Mean[c] - (Deviations * Math.Sqrt(variance[c])))))];
    }

    private static bool Gains(OffsetPath path, double[] offsets, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        return Noise(s => s.Less(offsets)) <= (1 - LeastGain) * Noise(s => s);

        // About the mean, which no offset changes: what rounding does to the mean goes into the bias.
        double? Noise(Func<ChannelStatistics, ChannelStatistics> change) => EqualizationScales.LeastError(
            path.Group,
            path.Watched.ToDictionary(v => v.Name, v => change(statistics[v.Name]) with { MeanSquare = statistics[v.Name].Variance }, StringComparer.Ordinal));
    }
}
