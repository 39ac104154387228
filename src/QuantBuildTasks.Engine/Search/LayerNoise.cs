using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Search;

/// <summary>What noise goes when a layer leaves integer arithmetic: that of its weight, and its share of the tensors around it.</summary>
internal static class LayerNoise
{
    /// <summary>Layers that a plan computes with integers: those with a weight, recurrent ones among them.</summary>
    public static IReadOnlyList<NodeDecision> Layers(QuantizationPlan plan)
    {
        HashSet<string> weighted = [.. plan.Weights.Where(w => w.Axis is not null).Select(w => w.Node), .. plan.Recurrent.Select(r => r.Node)];
        return [.. plan.Nodes.Where(n => n.Precision == NodePrecision.Integer && weighted.Contains(n.Node))];
    }

    /// <summary>By layer. A tensor is rounded as long as one integer layer gives or reads it, so each of them has an equal share of it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="graph">The main graph that it was made for.</param>
    /// <param name="ofWeight">Noise of a layer's weight.</param>
    /// <param name="ofTensor">Noise of a tensor between layers.</param>
    public static IReadOnlyDictionary<string, double> Of(QuantizationPlan plan, Graph graph, Func<string, double> ofWeight, Func<string, double> ofTensor)
    {
        var scopes = new Scopes(graph);
        Dictionary<string, double> shares = Layers(plan).ToDictionary(l => l.Node, l => ofWeight(l.Node), StringComparer.Ordinal);
        foreach (string tensor in plan.Activations.Select(a => a.Value))
        {
            string[] around = [.. Around(scopes.Find(tensor)!).Where(shares.ContainsKey).Distinct()];
            foreach (string layer in around)
            {
                shares[layer] += ofTensor(tensor) / around.Length;
            }
        }

        return shares;
    }

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
