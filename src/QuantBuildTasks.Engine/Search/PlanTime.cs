using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// How long plans take, as a share of float32's time: an estimate that depends on the plan alone, so that a search ends at the same plan everywhere. Where the profile has measured costs
/// they decide; what they do not know counts by multiply-adds.
/// </summary>
internal sealed class PlanTime
{
    private readonly Graph _graph;
    private readonly CostModel _costs;
    private readonly Node[] _unknown;
    private readonly Graph[] _untaken;

    /// <param name="model">The model.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="plan">Any plan for it: it tells which branches no sample takes.</param>
    public PlanTime(CalibratedModel model, HardwareProfile profile, QuantizationPlan plan)
    {
        _graph = model.Graph;
        var sizes = new ValueSizes(model.SizeOf);
        _costs = CostModel.Of(profile, _graph, sizes);
        Node[] nodes = [.. new Scopes(_graph).Nodes];
        HashSet<string> never = [.. plan.Nodes.Where(n => n.Reason?.StartsWith(Subgraph.Untaken, StringComparison.Ordinal) == true).Select(n => n.Node)];
        _untaken = [.. nodes.Where(n => never.Contains(n.DisplayName)).Select(n => n.Graph).Distinct().Where(g => g.Parent is not null)];
        _unknown = [.. nodes.Where(n => !_untaken.Contains(n.Graph) && KernelWork.Of(n, sizes) is null)];
        Float32 = Math.Max(Nanoseconds(null), 1e-9);
        IsKnown = profile.Format == NumberFormat.Integer8;
    }

    /// <summary>Whether anything is known of times; of float16 nothing is, and all plans take the same.</summary>
    public bool IsKnown { get; }

    /// <summary>ns of the float32 model.</summary>
    public double Float32 { get; }

    /// <summary>Time ÷ float32's time.</summary>
    public double Of(QuantizationPlan plan) => IsKnown ? Nanoseconds(plan) / Float32 : 1;

    private double Nanoseconds(QuantizationPlan? plan)
    {
        HashSet<string> integer = plan is null ? [] : [.. plan.Nodes.Where(n => n.Precision == NodePrecision.Integer).Select(n => n.Node)];
        double known = plan is null ? _costs.Float32(_graph) : _costs.Total(_graph, plan);
        return Math.Max(0, known - _untaken.Sum(g => _costs.Float32(g))) + _unknown.Sum(n => Unknown(n, integer.Contains(n.DisplayName)));
    }

    private static double Unknown(Node node, bool isInteger)
    {
        double float32 = CostTable.UnknownLayer * Math.Max(MultiplyAdds.Of(node), 1);
        return isInteger ? float32 * CostTable.IntegerTime : float32;
    }
}
