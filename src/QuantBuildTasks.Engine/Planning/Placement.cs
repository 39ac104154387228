using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>
/// Decides which nodes run as integers, in the main graph and in all branches and bodies. Weighted nodes can; arithmetic and movers only where their inputs are integers
/// anyway and somebody behind them wants integers. Starts with everything that has a role and takes out what breaks a rule until
/// nothing does: the result is the largest consistent set, whatever the order. Where costs are known, takes out in turn what is cheaper as float32
/// (<see cref="Labelling"/>) and what breaks a rule then.
/// </summary>
internal sealed class Placement
{
    /// <summary>How often costs lean half way towards a processor that loses: its weight is then above 0.98.</summary>
    private const int Leanings = 5;

    private readonly Dictionary<Node, NodeRole> _roles = [];
    private readonly Dictionary<Node, string> _reasons = [];
    private readonly HashSet<Node> _integer = [];
    private readonly HashSet<Node> _dynamic = [];
    private readonly Node[] _nodes;

    private Placement(Node[] nodes) => _nodes = nodes;

    /// <summary>Nodes with an integer kernel, movers among them.</summary>
    public IReadOnlySet<Node> Integer => _integer;

    /// <summary>Nodes with an integer kernel that takes and gives float32: they have no say in what stands around them.</summary>
    public IReadOnlySet<Node> Dynamic => _dynamic;

    /// <summary>Places the nodes of a graph.</summary>
    /// <param name="graph">The main graph, with the type of every value known.</param>
    /// <param name="profile">Where it runs.</param>
    /// <param name="keepFloat">The reason to keep a node float32 whatever its role, or null.</param>
    /// <param name="costs">What nodes and conversions cost; null: the largest set, whatever it costs.</param>
    public static Placement Of(Graph graph, HardwareProfile profile, Func<Node, string?> keepFloat, PlacementCosts? costs = null)
    {
        var scopes = new Scopes(graph);
        Node[] nodes = [.. scopes.Nodes];
        IReadOnlyDictionary<Node, string> beforeLogarithms = LogarithmInputs.Of(nodes);
        Classification[] classes = [.. nodes.Select(Classified)];
        Placement placement = Weighed(nodes, classes, costs);
        PlacementCosts? weighed = costs;
        for (int i = 0; i < Leanings && weighed?.Leaning(graph, placement.Precision) is { } leaning; i++)
        {
            weighed = leaning;
            placement = Weighed(nodes, classes, weighed);
        }

        if (placement.Integer.Count + placement.Dynamic.Count > 0 && costs?.TooLittle(graph, placement.Precision) is { } tooLittle)
        {
            placement.LeaveFloat(tooLittle);
        }

        return placement;

        Classification Classified(Node node)
        {
            Classification own = keepFloat(node) ?? Subgraph.Reason(node, scopes) ?? OperatorTable.Classify(node, profile);
            return own.Role is not null && beforeLogarithms.TryGetValue(node, out string? reason) ? reason : own;
        }
    }

    public NodeRole Role(Node node) => _roles[node];

    /// <summary>Why a node stays float32; null where it does not.</summary>
    public string? Reason(Node node) => _reasons.GetValueOrDefault(node);

    /// <summary>What a node runs in.</summary>
    public NodePrecision Precision(Node node) => _reasons.ContainsKey(node) ? NodePrecision.Float32
        : _dynamic.Contains(node) || (_integer.Contains(node) && Role(node).Kind != OperatorKind.Mover) ? NodePrecision.Integer
        : NodePrecision.FollowsInput;

    /// <summary>Whether a clamp disappears into its producer: the producer's result is read by nothing else and gets an 8-bit format.</summary>
    public bool IsFolded(Node node) => FoldsInto(node) is { } producer && QuantizesOutput(producer);

    /// <summary>Whether the results of an integer node become 8-bit; else its kernel leaves float32.</summary>
    public bool QuantizesOutput(Node node) => !Role(node).CanLeaveFloat || FloatFusion.TakesIn(node) || node.Outputs.Any(o => o is not null && HasIntegerReader(o));

    /// <summary>The value that carries a node's result in 8 bits: that of the clamp behind it, where that one is folded.</summary>
    public Value Result(Node node, int output)
    {
        Value value = node.Output(output);
        return value.Uses is [{ Node: var clamp }] && IsFolded(clamp) ? clamp.Output() : value;
    }

    /// <summary>Whether a place reads its value as 8-bit integers.</summary>
    public bool ReadsInteger(Use use) => _integer.Contains(use.Node) && Role(use.Node).DataInputs.Contains(use.Index);

    private static Placement Weighed(Node[] nodes, Classification[] classes, PlacementCosts? costs)
    {
        var placement = new Placement(nodes);
        foreach ((Node node, Classification own) in nodes.Zip(classes))
        {
            placement.Classify(node, own);
        }

        placement.Settle();
        if (costs is not null)
        {
            placement.Weigh(costs);
        }

        return placement;
    }

    private void Weigh(PlacementCosts costs)
    {
        foreach (Node node in _nodes.Where(n => _dynamic.Contains(n) && costs.IsBetterFloat(n)))
        {
            _dynamic.Remove(node);
            _reasons[node] = costs.Reason(node);
        }

        while (Labelling.BetterFloat(_nodes, this, costs) is { Count: > 0 } better)
        {
            foreach (Node node in better)
            {
                _integer.Remove(node);
                _reasons[node] = costs.Reason(node);
            }

            Settle();
        }
    }

    private void Classify(Node node, Classification classification)
    {
        if (classification.Role is not { } role)
        {
            _reasons[node] = classification.Reason!;
            return;
        }

        if (role.Kind == OperatorKind.Dynamic)
        {
            _dynamic.Add(node);
            return;
        }

        _roles[node] = role;
        if (role.Kind != OperatorKind.Clamp)
        {
            _integer.Add(node);
        }
    }

    private void LeaveFloat(string reason)
    {
        foreach (Node node in _integer.Concat(_dynamic))
        {
            _reasons[node] = reason;
        }

        _integer.Clear();
        _dynamic.Clear();
        Settle();
    }

    private void Settle()
    {
        while (TakeOutOne())
        {
        }
    }

    private bool TakeOutOne()
    {
        foreach (Node node in _nodes)
        {
            if (_integer.Contains(node) && Objection(node) is { } reason)
            {
                _integer.Remove(node);
                _reasons[node] = reason;
                return true;
            }
        }

        foreach (Node node in _roles.Keys.Where(n => Role(n).Kind == OperatorKind.Clamp))
        {
            if (IsFolded(node))
            {
                _reasons.Remove(node);
            }
            else
            {
                _reasons[node] = "its producer is not an integer node that nothing else reads";
            }
        }

        return false;
    }

    private string? Objection(Node node)
    {
        NodeRole role = Role(node);
        if (role.Kind == OperatorKind.Weighted)
        {
            return null;
        }

        // What Concat gives would be converted as a whole else: as much work, after those parts that are integers were made float32 for it.
        bool convertsParts = node.Is("Concat") && node.Inputs.Any(i => FromInteger(i!)) && node.Output().Uses.All(ReadsInteger);
        foreach (Value input in role.DataInputs.Select(i => node.Input(i)).OfType<Value>())
        {
            if (!convertsParts && !IsInteger(input, node.Graph))
            {
                return $"its input '{input.Name}' is float32, and converting it would cost more than it saves";
            }
        }

        return node.Outputs.Any(o => o is not null && HasIntegerReader(o)) ? null : "nothing behind it runs as integers";
    }

    /// <summary>Whether the value is there as integers without a conversion made for its reader alone.</summary>
    private bool IsInteger(Value value, Graph reader) =>
        value.Constant is not null || FromInteger(value)
        || value.Uses.Any(u => ReadsInteger(u) && Role(u.Node).Kind == OperatorKind.Weighted && Scopes.IsVisible(u.Node.Graph, reader));

    private bool FromInteger(Value value) =>
        value.Producer is { } producer && (_integer.Contains(producer) || FoldsInto(producer) is not null);

    private bool HasIntegerReader(Value value) => value.Uses.Any(u => ReadsInteger(u)
        || (FoldsInto(u.Node) is not null && HasIntegerReader(u.Node.Output())));

    /// <summary>The integer node whose saturation can do the work of this clamp.</summary>
    private Node? FoldsInto(Node clamp) =>
        _roles.TryGetValue(clamp, out NodeRole? role) && role.Kind == OperatorKind.Clamp
        && clamp.Input(0) is { IsGraphOutput: false, Uses.Count: 1, Producer: { } producer }
        && producer.Graph == clamp.Graph && _integer.Contains(producer) && Role(producer).Kind != OperatorKind.Mover
            ? producer
            : null;
}
