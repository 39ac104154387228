using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Planning.Float16;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Recurrent;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Makes the <see cref="QuantizationPlan"/>: which nodes run as integers, and in which formats. Float16 has a planner of its own.</summary>
internal sealed class Planner
{
    private readonly Node[] _nodes;
    private readonly HardwareProfile _profile;
    private readonly Placement _placement;
    private readonly Func<Value, (double Min, double Max)> _rangeOf;
    private readonly IReadOnlySet<Graph> _neverTaken;
    private readonly ValueGroups _groups = new();
    private readonly Dictionary<Value, (float Scale, int ZeroPoint)> _formats = [];
    private readonly Dictionary<Value, ActivationFormat> _activations = [];
    private readonly List<WeightFormat> _weights = [];

    private Planner(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat, Func<Value, (double Min, double Max)> rangeOf, IReadOnlySet<Graph> neverTaken, PlacementCosts? costs)
    {
        _nodes = [.. graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
        _profile = profile;
        _placement = Placement.Of(graph, profile, n => keepFloat(n) ?? (neverTaken.Contains(n.Graph) ? Subgraph.Untaken : null), costs);
        _rangeOf = rangeOf;
        _neverTaken = neverTaken;
    }

    /// <summary>The values whose range a plan can rest on, whatever its costs: which nodes run as integers does not depend on the numbers.</summary>
    public static IReadOnlyCollection<Value> ValuesToCalibrate(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat) =>
        ValuesToCalibrate(graph, profile, keepFloat, null, _ => true);

    /// <summary>
    /// The values whose range the one plan rests on that is made where no accuracy is weighed. They are all that a plan can rest on where the numbers decide after all what runs as integers:
    /// for float16, and with branches, which stay float32 where no sample takes them.
    /// </summary>
    /// <param name="graph">The main graph, as for a plan.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="keepFloat">The reason to keep a node float32, or null.</param>
    /// <param name="sizeOf">The shape of a value for one sample, or null where that is not known better than from the graph; costs rest on it.</param>
    public static IReadOnlyCollection<Value> ValuesToCalibrate(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat, Func<Value, Shape?> sizeOf) =>
        profile.Format == NumberFormat.Float16 || graph.SelfAndSubgraphs().Skip(1).Any()
            ? ValuesToCalibrate(graph, profile, keepFloat)
            : ValuesToCalibrate(graph, profile, keepFloat, PlacementCosts.Of(profile, graph, null, sizeOf), RoundedValues.IsClamped);

    private static IReadOnlyCollection<Value> ValuesToCalibrate(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat, PlacementCosts? costs, Func<Value, bool> hasOwnRange)
    {
        if (profile.Format == NumberFormat.Float16)
        {
            return Float16Planner.ValuesToCalibrate(graph, profile, keepFloat);
        }

        var asked = new HashSet<Value>();
        var planner = new Planner(graph, profile, keepFloat, Ask, new HashSet<Graph>(), costs);
        planner.FormatAllActivations();
        foreach (Value moved in planner._activations.Keys.Where(v => KnownRange.Of(v) is null && hasOwnRange(v)).ToArray())
        {
            // Where what moves it stays float32, its range is its own.
            asked.Add(moved);
        }

        foreach (Node node in planner.IntegerNodes.Concat(planner.SeenDynamicNodes(graph)).Where(n => n.Graph.Parent is not null && !asked.Any(v => v.Graph == n.Graph)))
        {
            // Nothing rests on its range, but where no sample takes the branch, it stays as empty as the branch is untried.
            asked.Add(node.Outputs.First(o => o is not null)!);
        }

        return asked;

        (double Min, double Max) Ask(Value value)
        {
            asked.Add(value);
            return default;
        }
    }

    /// <summary>Plans a prepared model: its main graph, branches and bodies.</summary>
    /// <param name="graph">The main graph, with the type of every value known, and names of values and nodes unique over all graphs.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="rangeOf">
    /// The range that an activation's format shall cover; null where calibration never saw a number of it, which happens in branches that no sample takes:
    /// these stay float32.
    /// </param>
    /// <param name="keepFloat">The reason to keep a node float32, or null.</param>
    /// <param name="noise">What accuracy is worth; null: nothing.</param>
    /// <param name="sizeOf">The shape of a value for one sample, or null where that is not known better than from the graph; costs rest on it.</param>
    /// <exception cref="QuantException">QBT1005: a weight is NaN or infinite.</exception>
    public static QuantizationPlan Plan(
        Graph graph,
        HardwareProfile profile,
        Func<Value, (double Min, double Max)?> rangeOf,
        Func<Node, string?> keepFloat,
        INoisePrice? noise = null,
        Func<Value, Shape?>? sizeOf = null)
    {
        HashSet<Graph> never = Subgraph.NeverTaken(new Scopes(graph), ValuesToCalibrate(graph, profile, keepFloat).Where(v => v.Graph.Parent is not null && rangeOf(v) is null));
        return profile.Format == NumberFormat.Float16
            ? Float16Planner.Plan(graph, profile, Range, keepFloat, never)
            : new Planner(graph, profile, keepFloat, Range, never, PlacementCosts.Of(profile, graph, noise, sizeOf)).Plan();

        (double Min, double Max) Range(Value value) => rangeOf(value) ?? default;
    }

    private IEnumerable<Node> IntegerNodes => _nodes.Where(_placement.Integer.Contains);

    private IEnumerable<Node> DynamicNodes => _nodes.Where(_placement.Dynamic.Contains);

    /// <summary>Those whose turn calibration can see: in a loop of which sizes change it cannot.</summary>
    private IEnumerable<Node> SeenDynamicNodes(Graph graph)
    {
        var scopes = new Scopes(graph);
        return DynamicNodes.Where(n => scopes.Around(n.Graph).All(o => o.Is("If")));
    }

    private QuantizationPlan Plan()
    {
        FormatAllActivations();
        foreach (Node node in IntegerNodes)
        {
            FormatStored(node);
        }

        return new QuantizationPlan
        {
            Profile = _profile.Name,
            Activations = [.. _activations.Values],
            Weights = _weights,
            Recurrent = [.. DynamicNodes.Select(Recurrent)],
            Nodes = [.. _nodes.Select(Decide)],
        };
    }

    private void FormatAllActivations()
    {
        foreach (Node mover in IntegerNodes.Where(n => _placement.Role(n).Kind == OperatorKind.Mover))
        {
            foreach (Value output in mover.Outputs.OfType<Value>())
            {
                _groups.Join(mover.Input(0)!, output);
            }
        }

        foreach (Node node in IntegerNodes)
        {
            FormatActivations(node);
        }
    }

    private void FormatActivations(Node node)
    {
        foreach (Value input in _placement.Role(node).DataInputs.Select(i => node.Input(i)!).Where(v => v.Constant is null))
        {
            Format(input);
        }

        if (_placement.QuantizesOutput(node))
        {
            for (int i = 0; i < node.Outputs.Count; i++)
            {
                if (node.Outputs[i] is not null)
                {
                    Format(_placement.Result(node, i));
                }
            }
        }
    }

    private void Format(Value value)
    {
        if (_activations.ContainsKey(value))
        {
            return;
        }

        Value root = _groups.Root(value);
        if (!_formats.TryGetValue(root, out (float Scale, int ZeroPoint) format))
        {
            (double min, double max) = KnownRange.Of(root) ?? KnownRange.Narrow(root, _rangeOf(root));
            format = AffineFormat.Of(min, max, _profile.ActivationType);
            _formats.Add(root, format);
        }

        _activations.Add(value, new ActivationFormat(value.Name, _profile.ActivationType, format.Scale, format.ZeroPoint));
    }

    private void FormatStored(Node node)
    {
        NodeRole role = _placement.Role(node);
        foreach (int index in role.DataInputs.Where(i => node.Input(i)!.Constant is not null))
        {
            ReadOnlySpan<float> values = node.Input(index)!.Constant!.Span<float>();
            (float min, float max) = (0, 0);
            foreach (float value in values)
            {
                (min, max) = (Math.Min(min, value), Math.Max(max, value));
            }

            (float scale, int zeroPoint) = float.IsFinite(min) && float.IsFinite(max)
                ? AffineFormat.Of(min, max, _profile.ActivationType)
                : throw NotFinite(node, index);
            _weights.Add(new WeightFormat(node.DisplayName, index, _profile.ActivationType, [scale], zeroPoint, null));
        }

        if (role.WeightInput is { } input)
        {
            Tensor weight = node.Input(input)!.Constant!;
            ReadOnlySpan<float> bias = role.BiasInput is { } biasInput ? node.Input(biasInput)!.Constant!.Span<float>() : [];
            float[] scales = LayerScales.Of(weight, bias, role, _profile.Saturation, _activations[node.Input(0)!].Scale) ?? throw NotFinite(node, input);
            _weights.Add(new WeightFormat(node.DisplayName, input, _profile.WeightType, scales, 0, role.WeightAxis));
        }
    }

    private RecurrentFormat Recurrent(Node node) => new(
        node.DisplayName,
        RecurrentScales.Of(node.Input(1)!.Constant!, _profile.Saturation) ?? throw NotFinite(node, 1),
        RecurrentScales.Of(node.Input(2)!.Constant!, _profile.Saturation) ?? throw NotFinite(node, 2));

    private NodeDecision Decide(Node node)
    {
        NodePrecision precision = _placement.Precision(node);
        string? result = precision == NodePrecision.Integer && !_placement.Dynamic.Contains(node) ? _placement.Result(node, 0).Name : (node.Outputs.Count > 0 ? node.Outputs[0]?.Name : null);
        return new NodeDecision(node.DisplayName, node.OpType, precision, _placement.Reason(node), result, _neverTaken.Contains(node.Graph) ? 0 : MultiplyAdds.Of(node));
    }

    private static QuantException NotFinite(Node node, int input) => QuantException.Error(
        Codes.NotFinite,
        $"The weight '{node.Input(input)!.Name}' of {node.DisplayName} holds NaN or infinity. Train or export the model again; it has no sound float32 result to compare with.");
}
