using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// How long plans take, as a share of float32's time: an estimate that depends on the plan alone, so that a search ends at the same plan everywhere. Where the profile has measured costs
/// they decide; what they do not know, and profiles without, count by multiply-adds.
/// </summary>
internal sealed class PlanTime
{
    /// <summary>About what an integer kernel takes of a float one's time.</summary>
    private const double Integer = 0.42;

    /// <summary>ns for a multiply-add of layers that the tables do not know (GRU, transposed convolutions), on one thread.</summary>
    private const double UnknownLayer = 0.04;

    private readonly Graph _graph;
    private readonly CostModel? _costs;
    private readonly ValueSizes _sizes;
    private readonly Dictionary<string, Node> _unknown;
    private readonly Graph[] _untaken;
    private readonly Dictionary<string, Node> _nodes;
    private readonly double _float32;

    /// <param name="model">The model.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="plan">Any plan for it: it tells which branches no sample takes.</param>
    public PlanTime(CalibratedModel model, HardwareProfile profile, QuantizationPlan plan)
    {
        _graph = model.Graph;
        _sizes = new ValueSizes(model.SizeOf);
        _costs = profile.Costs is { } table ? CostModel.Of(table, _sizes) : null;
        var scopes = new Scopes(_graph);
        _nodes = scopes.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        HashSet<string> never = [.. plan.Nodes.Where(n => n.Reason?.StartsWith(Subgraph.Untaken, StringComparison.Ordinal) == true).Select(n => n.Node)];
        _untaken = [.. _nodes.Where(n => never.Contains(n.Key)).Select(n => n.Value.Graph).Distinct().Where(g => g.Parent is not null)];
        _unknown = _nodes.Where(n => !_untaken.Contains(n.Value.Graph) && KernelWork.Of(n.Value, _sizes) is null).ToDictionary(n => n.Key, n => n.Value, StringComparer.Ordinal);
        _float32 = Math.Max(Nanoseconds(null), 1e-9);
    }

    /// <summary>Time ÷ float32's time.</summary>
    public double Of(QuantizationPlan plan) => Nanoseconds(plan) / _float32;

    private double Nanoseconds(QuantizationPlan? plan)
    {
        HashSet<string> integer = plan is null ? [] : [.. plan.Nodes.Where(n => n.Precision == NodePrecision.Integer).Select(n => n.Node)];
        IEnumerable<KeyValuePair<string, Node>> unknown = _costs is null ? _nodes : _unknown;
        double known = _costs is null ? 0 : Math.Max(0, _costs.Total(_graph, plan) - _untaken.Sum(g => _costs.Total(g, null)));
        return known + unknown.Sum(n => Unknown(n.Value, integer.Contains(n.Key)));
    }

    private static double Unknown(Node node, bool isInteger)
    {
        double float32 = UnknownLayer * Math.Max(MultiplyAdds.Of(node), 1);
        return isInteger ? float32 * Integer : float32;
    }
}
