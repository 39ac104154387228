using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Layers;

/// <summary>
/// Shares the noise of a quantized model out among its layers. A layer adds what the noise-to-signal ratio of its output exceeds the largest
/// one of its inputs by (nothing, where it is smaller); inputs are the compared tensors that are next upstream, and the model's own inputs have
/// no noise. <see cref="LayerLoss.LossDb"/> is then by how many dB the sum of all additions would shrink without this layer:
/// −10·log10(1 − its addition ÷ the sum). Relative noise of independent roundings about adds up along the way, so this is about what keeping
/// the layer in float would gain at the output.
/// </summary>
internal static class NoiseBudget
{
    /// <summary>Greatest loss: the layer adds all there is.</summary>
    public const double MostDb = 40;

    // Beyond −60 dB nothing is left of the signal; a finite number keeps the sums finite.
    private const double Drowned = 1e6;

    /// <summary>The losses, greatest first; equal ones in the order given.</summary>
    /// <param name="graph">The float model's main graph.</param>
    /// <param name="layers">Layers whose tensors are in <paramref name="sums"/>.</param>
    /// <param name="sums">Signal and noise by tensor.</param>
    public static IReadOnlyList<LayerLoss> Of(Graph graph, IReadOnlyList<ComparedLayer> layers, IReadOnlyDictionary<string, SignalNoise> sums)
    {
        var noise = layers.DistinctBy(l => l.Tensor).ToDictionary(l => l.Tensor, l => Math.Min(sums[l.Tensor].NoiseToSignal, Drowned), StringComparer.Ordinal);
        var scopes = new Scopes(graph);
        double[] added = [.. layers.Select(l => Math.Max(0, noise[l.Tensor] - Upstream(scopes, l.Tensor, noise)))];
        double total = added.Sum();
        return
        [
            .. layers.Zip(added)
                .OrderByDescending(p => p.Second)
                .Select(p => new LayerLoss(p.First.Node, sums[p.First.Tensor].SqnrDb, InDb(p.Second, total))),
        ];
    }

    private static double InDb(double added, double total) =>
        added == 0 ? 0 : Math.Min(MostDb, -10 * Math.Log10(Math.Max(0, 1 - (added / total))));

    /// <summary>The largest noise-to-signal ratio among the compared tensors that a tensor is next computed from.</summary>
    private static double Upstream(Scopes scopes, string tensor, Dictionary<string, double> noise)
    {
        double largest = 0;
        var seen = new HashSet<Value>();
        var open = new Stack<Value>();
        PushInputs(scopes.Find(tensor));
        while (open.TryPop(out Value? value))
        {
            if (noise.TryGetValue(value.Name, out double ratio))
            {
                largest = Math.Max(largest, ratio);
            }
            else
            {
                PushInputs(value);
            }
        }

        return largest;

        void PushInputs(Value? value)
        {
            // What a node with branches or a body gives is what these hand out.
            foreach (Value input in value?.Producer is { } producer ? producer.Inputs.OfType<Value>().Concat(producer.Subgraphs.SelectMany(g => g.Outputs)) : [])
            {
                if (seen.Add(input))
                {
                    open.Push(input);
                }
            }
        }
    }
}
