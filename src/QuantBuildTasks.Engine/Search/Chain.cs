using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// The way from all that can be integers to all that is float32: at each step one more layer computes in float32 with its weight stored as int8, the one first that takes away
/// most noise for the time that it costs; behind that, one more weight keeps every bit. With noise that adds up and layers that do not depend on each other
/// every step is the best plan for its time (the greedy solution of the fractional knapsack problem, Dantzig 1957).
/// </summary>
/// <param name="Layers">Layers in the order in which they become float32, by name.</param>
/// <param name="Weights">Behind that, readers of weights in the order in which these become float32.</param>
internal sealed record Chain(IReadOnlyList<string> Layers, IReadOnlyList<IReadOnlyList<string>> Weights)
{
    /// <summary>Steps, both ends included; the last leaves nothing to quantize and is none.</summary>
    public int Count => Layers.Count + 1 + Math.Max(0, Weights.Count - 1);

    /// <summary>What a step leaves float32.</summary>
    public PrecisionMix Mix(int step) => new()
    {
        Computing = Layers.Take(step).ToDictionary(l => l, _ => "the search keeps it for its accuracy", StringComparer.Ordinal),
        Weights = Weights.Take(step - Layers.Count).SelectMany(w => w).Distinct().ToDictionary(l => l, _ => "the search keeps its weights for their accuracy", StringComparer.Ordinal),
    };

    /// <summary>Orders layers.</summary>
    /// <param name="plan">All that can be integers is.</param>
    /// <param name="graph">The main graph that it was made for.</param>
    /// <param name="noise">Noise by value name for tensors between layers, by node name for weights: worst output.</param>
    public static IReadOnlyList<string> Order(QuantizationPlan plan, Graph graph, IReadOnlyDictionary<string, double> noise)
    {
        var scopes = new Scopes(graph);
        Dictionary<string, NodeDecision> layers = Candidates(plan);
        Dictionary<string, double> shares = layers.Keys.ToDictionary(l => l, l => noise.GetValueOrDefault("weight " + l), StringComparer.Ordinal);
        foreach (ActivationFormat activation in plan.Activations)
        {
            // Rounding of a tensor goes only when all integer layers around it do.
            string[] around = [.. Around(scopes.Find(activation.Value)!).Where(layers.ContainsKey).Distinct()];
            foreach (string layer in around)
            {
                shares[layer] += noise.GetValueOrDefault("activation " + activation.Value) / around.Length;
            }
        }

        return [.. layers.Values.OrderByDescending(l => shares[l.Node] / Math.Max(1, l.MultiplyAdds)).Select(l => l.Node)];
    }

    /// <summary>Layers that the plan computes with integers: those with a weight.</summary>
    public static Dictionary<string, NodeDecision> Candidates(QuantizationPlan plan)
    {
        HashSet<string> weighted = [.. plan.Weights.Where(w => w.Axis is not null).Select(w => w.Node)];
        return plan.Nodes.Where(n => n.Precision == NodePrecision.Integer && weighted.Contains(n.Node)).ToDictionary(n => n.Node, StringComparer.Ordinal);
    }

    /// <summary>Weights in the order in which they become float32: most noise for the bytes that it costs first.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Order(IReadOnlyList<StoredFormat> stored, IReadOnlyList<double> noise) =>
        [.. stored.Zip(noise).OrderByDescending(s => s.Second / s.First.Growth).Select(s => s.First.Readers)];

    /// <summary>The nodes that compute a tensor and that read it; a clamp stands for what computes before it.</summary>
    private static IEnumerable<string> Around(Value value)
    {
        Node? producer = value.Producer;
        if (producer is not null && (producer.Is("Relu") || producer.Is("Clip")) && producer.Input(0)?.Producer is { } before)
        {
            yield return before.DisplayName;
        }

        if (producer is not null)
        {
            yield return producer.DisplayName;
        }

        foreach (Use use in value.Uses)
        {
            yield return use.Node.DisplayName;
        }
    }
}
