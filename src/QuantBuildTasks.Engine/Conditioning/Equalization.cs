using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>Cross-layer equalization: moves factors for each channel between layers so that channels of one tensor have more equal ranges.</summary>
internal static class Equalization
{
    /// <summary>Names of the values whose channels must be known (see <see cref="ChannelWatcher"/>).</summary>
    public static IReadOnlyList<string> ValuesToWatch(Graph graph, Func<Node, bool> isKept) =>
        [.. ChannelGroups.Of(graph, isKept).SelectMany(g => g.Watched).Select(v => v.Name).Distinct()];

    /// <summary>Scales all groups for which it lessens the expected error.</summary>
    /// <param name="graph">The main graph of a prepared model; changed in place.</param>
    /// <param name="isKept">Nodes that must stay as they are.</param>
    /// <param name="statistics">Of the values to watch.</param>
    /// <returns>How many groups were scaled.</returns>
    public static int Apply(Graph graph, Func<Node, bool> isKept, IReadOnlyDictionary<string, ChannelStatistics> statistics)
    {
        int scaled = 0;
        foreach (ChannelGroup group in ChannelGroups.Of(graph, isKept))
        {
            if (EqualizationScales.Of(group, statistics) is not { } factors)
            {
                continue;
            }

            double[] inverse = Array.ConvertAll(factors, f => 1 / f);
            group.Producers.ForEach(p => p.ScaleOutputs(inverse));
            group.Consumers.ForEach(c => c.ScaleInputs(factors));
            scaled++;
        }

        return scaled;
    }
}
