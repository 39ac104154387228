using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Search;

/// <summary>Layers that a plan computes with integers: those with a weight, recurrent ones among them.</summary>
internal static class IntegerLayers
{
    public static IReadOnlyList<NodeDecision> Of(QuantizationPlan plan)
    {
        HashSet<string> weighted = [.. plan.Weights.Where(w => w.Axis is not null).Select(w => w.Node), .. plan.Recurrent.Select(r => r.Node)];
        return [.. plan.Nodes.Where(n => n.Precision == NodePrecision.Integer && weighted.Contains(n.Node))];
    }
}
