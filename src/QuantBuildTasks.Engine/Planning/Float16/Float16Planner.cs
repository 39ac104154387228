using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>
/// Decides which nodes of a model compute in float16: all that can, but those whose numbers leave its range, whose digits would get lost, and those that
/// are not worth the conversions around them. A pure function.
/// </summary>
internal static class Float16Planner
{
    /// <summary>The activations whose range decides: those that a node which could become float16 reads or gives.</summary>
    public static IReadOnlyCollection<Value> ValuesToCalibrate(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat)
    {
        var scopes = new Scopes(graph);
        var rules = new FormRules(profile, n => keepFloat(n) ?? Subgraph.Reason(n, scopes));
        return
        [
            .. scopes.Nodes.Where(HasNumbers).Where(n => rules.Reason(n) is null)
                .SelectMany(n => Float16Ports.Inputs(n).Select(i => n.Input(i)!).Concat(Float16Ports.Outputs(n).Select(n.Output)))
                .Where(v => v.Constant is null)
                .Distinct(),
        ];
    }

    /// <summary>Plans a prepared model: its main graph, branches and bodies.</summary>
    /// <param name="graph">The main graph, with the type of every value known, and names of values and nodes unique over all graphs.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="rangeOf">The smallest and the largest number that calibration saw in an activation.</param>
    /// <param name="keepFloat">The reason to keep a node float32, or null.</param>
    /// <param name="neverTaken">Branches that no calibration sample took.</param>
    public static QuantizationPlan Plan(
        Graph graph,
        HardwareProfile profile,
        Func<Value, (double Min, double Max)> rangeOf,
        Func<Node, string?> keepFloat,
        IReadOnlySet<Graph> neverTaken)
    {
        var scopes = new Scopes(graph);
        Node[] nodes = [.. scopes.Nodes];
        var form = new FormRules(profile, n => keepFloat(n) ?? (neverTaken.Contains(n.Graph) ? Subgraph.Untaken : null) ?? Subgraph.Reason(n, scopes));
        var range = new RangeRules(rangeOf);
        var reasons = new Dictionary<Node, string>();
        var float16 = new HashSet<Node>();
        foreach (Node node in nodes.Where(HasNumbers))
        {
            if ((form.Reason(node) ?? range.Reason(node)) is { } reason)
            {
                reasons.Add(node, reason);
            }
            else
            {
                float16.Add(node);
            }
        }

        foreach (Node node in Float16Islands.NotWorthIt(nodes, float16))
        {
            float16.Remove(node);
            reasons.Add(node, Float16Islands.Reason);
        }

        return new QuantizationPlan
        {
            Profile = profile.Name,
            Format = NumberFormat.Float16,
            Activations = [],
            Weights = [],
            Float16Nodes = [.. nodes.Where(float16.Contains).Select(n => new Float16Node(n.DisplayName, [.. Float16Ports.Inputs(n)], [.. Float16Ports.Outputs(n)]))],
            Nodes = [.. nodes.Select(Decide)],
        };

        NodeDecision Decide(Node node)
        {
            string? reason = reasons.GetValueOrDefault(node);
            NodePrecision precision = float16.Contains(node) ? NodePrecision.Float16 : reason is not null ? NodePrecision.Float32 : NodePrecision.FollowsInput;
            return new NodeDecision(node.DisplayName, node.OpType, precision, reason, node.Outputs.Count > 0 ? node.Outputs[0]?.Name : null, neverTaken.Contains(node.Graph) ? 0 : MultiplyAdds.Of(node));
        }
    }

    /// <summary>A node with a body counts whatever it reads itself: the body may compute.</summary>
    private static bool HasNumbers(Node node) => Float16Ports.Inputs(node).Any() || Float16Ports.Outputs(node).Any() || node.Subgraphs.Any();
}
