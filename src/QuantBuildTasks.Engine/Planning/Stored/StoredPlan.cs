using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>Completes plans with weights that are stored as int8, or as float16 where 8 bits are too few: those of all nodes that the plan leaves float32 or lets compute in float16, in branches and bodies too.</summary>
internal static class StoredPlan
{
    /// <summary>Ends the reason of a node whose weights are stored as int8.</summary>
    public const string Note = "its weights are stored as int8, it computes in float32";

    /// <summary>The same where 8 bits are too few.</summary>
    public const string FineNote = "its weights are stored as float16, it computes in float32";

    /// <summary>The same of a float16 node.</summary>
    public const string HalfNote = "its weights are stored as int8, it computes in float16";

    /// <summary>A plan that quantizes nothing, to be completed.</summary>
    public static QuantizationPlan Float(Graph graph, string profile, Func<Node, string?> keepFloat) => new()
    {
        Profile = profile,
        Activations = [],
        Weights = [],
        Nodes = [.. graph.Nodes.Select(n => Decide(n, keepFloat(n)))],
    };

    /// <summary>Adds the formats, and tells of each node that reads such a weight.</summary>
    /// <param name="plan">What else is decided, node by node; nodes that it does not name are float32.</param>
    /// <param name="graph">The main graph of the model that the plan was made for.</param>
    /// <param name="keepFloat">The reason to keep a node and its weights as they are, or null.</param>
    /// <param name="isFine">Whether the weights of a float32 or float16 node need more than 8 bits; null: none do.</param>
    /// <exception cref="QuantException">QBT1005: a weight is NaN or infinite.</exception>
    public static QuantizationPlan Complete(QuantizationPlan plan, Graph graph, Func<Node, string?> keepFloat, Func<Node, bool>? isFine = null)
    {
        Dictionary<string, NodeDecision> decisions = plan.Nodes.ToDictionary(d => d.Node, StringComparer.Ordinal);
        HashSet<string> recurrent = [.. plan.Recurrent.Select(r => r.Node)];
        IReadOnlyList<StoredFormat> stored = StoredWeights.Of(graph, KindOf);
        HashSet<string> readers = [.. stored.SelectMany(s => s.Readers).Where(r => !recurrent.Contains(r))];
        IEnumerable<NodeDecision> inBranches = graph.SelfAndSubgraphs().Skip(1).SelectMany(g => g.Nodes)
            .Where(n => readers.Contains(n.DisplayName) && !decisions.ContainsKey(n.DisplayName))
            .DistinctBy(n => n.DisplayName)
            .Select(n => Decide(n, null));
        HashSet<string> fine = [.. stored.Where(s => s is { Type: ElementType.Float16, IsBias: false }).SelectMany(s => s.Readers)];
        return plan with { Stored = stored, Nodes = [.. plan.Nodes.Concat(inBranches).Select(d => readers.Contains(d.Node) ? d with { Reason = Reason(d, fine.Contains(d.Node)) } : d)] };

        WeightReader KindOf(Node node) =>
            keepFloat(node) is not null ? WeightReader.Exact
            : !decisions.TryGetValue(node.DisplayName, out NodeDecision? d) || d.Precision == NodePrecision.Float32 ? (isFine?.Invoke(node) == true ? WeightReader.Fine : WeightReader.Float)
            : d.Precision == NodePrecision.Float16 ? (isFine?.Invoke(node) == true ? WeightReader.Other : WeightReader.Half)
            : recurrent.Contains(d.Node) ? WeightReader.FloatBias
            : WeightReader.Other;
    }

    private static NodeDecision Decide(Node node, string? reason) =>
        new(node.DisplayName, node.OpType, NodePrecision.Float32, reason, node.Outputs.Count > 0 ? node.Outputs[0]?.Name : null, MultiplyAdds.Of(node));

    private static string Reason(NodeDecision decision, bool isFine)
    {
        string note = decision.Precision == NodePrecision.Float16 ? HalfNote : isFine ? FineNote : Note;
        return decision.Reason is null ? note : $"{decision.Reason}; {note}";
    }
}
