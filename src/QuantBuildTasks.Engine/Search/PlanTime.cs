using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Search;

/// <summary>How long a plan takes, as a share of float32's time: an estimate that depends on the plan alone, so that a search ends at the same plan everywhere.</summary>
internal static class PlanTime
{
    /// <summary>About what an integer kernel takes of a float one's time.</summary>
    private const double Integer = 0.42;

    public static double Of(QuantizationPlan plan)
    {
        double all = plan.Nodes.Sum(n => (double)Math.Max(n.MultiplyAdds, 1));
        double taken = plan.Nodes.Sum(n => Math.Max(n.MultiplyAdds, 1) * (n.Precision == NodePrecision.Integer ? Integer : 1));
        return taken / all;
    }

    /// <summary>By how much a plan takes longer, as a share of float32's time, when a node leaves integer arithmetic.</summary>
    public static double Gain(QuantizationPlan plan, NodeDecision node) => Math.Max(node.MultiplyAdds, 1) * (1 - Integer) / plan.Nodes.Sum(n => (double)Math.Max(n.MultiplyAdds, 1));
}
