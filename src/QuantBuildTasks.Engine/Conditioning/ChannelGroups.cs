using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Clamps;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>Finds the <see cref="ChannelGroup"/>s of a graph.</summary>
internal sealed class ChannelGroups
{
    /// <summary>Operators that give k·f(x) for f(k·x), k a positive number for each channel, and change nothing across channels.</summary>
    private static readonly HashSet<string> Homogeneous = ["Relu", "LeakyRelu", "PRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity", "Dropout"];

    /// <summary>Operators that give numbers in 0…1, whatever they read.</summary>
    private static readonly HashSet<string> Gates = ["Sigmoid", "HardSigmoid", "Softmax"];

    private readonly Dictionary<Value, Value> _parents = [];
    private readonly HashSet<Value> _fixed = [];
    private readonly List<(Value Value, LayerWeight Layer)> _producers = [];
    private readonly List<(Value Value, LayerWeight Layer)> _consumers = [];
    private readonly List<(Value Value, Node Node)> _between = [];
    private readonly List<(Value Value, float High)> _limits = [];

    /// <summary>The groups of which every channel can be scaled freely, in graph order.</summary>
    /// <param name="graph">A prepared graph, with shapes.</param>
    /// <param name="isKept">Nodes that must stay as they are.</param>
    public static IReadOnlyList<ChannelGroup> Of(Graph graph, Func<Node, bool> isKept)
    {
        var search = new ChannelGroups();
        foreach (Value value in graph.Inputs.Concat(graph.Outputs))
        {
            search._fixed.Add(value);
        }

        foreach (Node node in graph.Nodes)
        {
            if (isKept(node) || !search.TryUnderstand(node))
            {
                search.Fix(node.Inputs.Concat(node.Outputs));
            }

            // What a branch reads from around it is read by no node of this graph.
            search.Fix(node.Outputs.Where(o => o is not null && o.Uses.Any(u => u.Node.Graph != graph)));
        }

        return search.Groups();
    }

    private bool TryUnderstand(Node node)
    {
        if (LayerWeight.Of(node) is { } layer)
        {
            if (ChannelsOf(node.Input(0)) == layer.Inputs && ChannelsOf(node.Output()) == layer.Outputs)
            {
                _consumers.Add((node.Input(0)!, layer));
                _producers.Add((node.Output(), layer));
                return true;
            }

            return false;
        }

        if (node.Domain.Length > 0)
        {
            return false;
        }

        bool passes = node.OpType switch
        {
            "Clip" => TryClamp(node),
            "Add" or "Sub" or "Sum" => TrySum(node),
            "Mul" => TryGate(node),
            "Flatten" or "Squeeze" or "Reshape" => IsFlat(node.Input(0)) && IsFlat(node.Output()) && TryJoin(node),
            "Pad" => PadsWithZero(node) && TryJoin(node),
            "ReduceMean" or "ReduceMax" => ReducesPositionsOnly(node) && TryJoin(node),
            _ => Homogeneous.Contains(node.OpType) && (node.OpType != "PRelu" || node.Input(1)?.Constant is not null) && TryJoin(node),
        };
        if (passes)
        {
            _between.Add((node.Output(), node));
        }

        return passes;
    }

    private bool TryClamp(Node node)
    {
        if (Clamp.Of(node) is not { Low: 0, High: > 0 and var high } || !TryJoin(node))
        {
            return false;
        }

        if (float.IsFinite(high))
        {
            _limits.Add((node.Output(), high));
        }

        return true;
    }

    private bool TrySum(Node node)
    {
        Value output = node.Output();
        if (node.Inputs.Any(i => i is null || i.Constant is not null || i.Shape?.Rank != output.Shape?.Rank || ChannelsOf(i) is null || ChannelsOf(i) != ChannelsOf(output)))
        {
            return false;
        }

        foreach (Value? input in node.Inputs)
        {
            Join(input!, output);
        }

        return true;
    }

    /// <summary>x·g with a gate g for each channel: the factor of x passes, g must stay as it is.</summary>
    private bool TryGate(Node node)
    {
        for (int i = 0; i < 2; i++)
        {
            if (node.Input(i) is { Producer: { Domain.Length: 0 } producer } gate && Gates.Contains(producer.OpType)
                && node.Input(1 - i) is { Constant: null } scaled && scaled.Shape?.Rank == node.Output().Shape?.Rank && ChannelsOf(scaled) is { } channels && channels == ChannelsOf(node.Output())
                && !ReferenceEquals(producer.Input(0), scaled))
            {
                _fixed.Add(gate);
                Join(scaled, node.Output());
                return true;
            }
        }

        return false;
    }

    private bool TryJoin(Node node)
    {
        if (node.Input(0) is not { Constant: null } input || ChannelsOf(input) is not { } channels || ChannelsOf(node.Output()) != channels
            || node.Outputs.Skip(1).Any(o => o is not null))
        {
            return false;
        }

        Join(input, node.Output());
        return true;
    }

    private static int? ChannelsOf(Value? value) =>
        value is { Type: ElementType.Float32, Shape: { Rank: >= 2 } shape } && shape[1].Value is > 1 and <= int.MaxValue and var channels ? (int)channels : null;

    /// <summary>Whether there is one number for each channel.</summary>
    private static bool IsFlat(Value? value) => value?.Shape is { Rank: >= 2 } shape && shape.Skip(2).All(d => d.Value == 1);

    /// <summary>Whether zeros are put around positions, and channels stay where they are: a pad and a crop of the same size would move them.</summary>
    private static bool PadsWithZero(Node node) =>
        node.StringAttribute("mode", "constant") == "constant"
        && (node.Input(2) is null || node.Input(2)!.Constant is { Type: ElementType.Float32, Length: 1 } number && number.Span<float>()[0] == 0)
        && node.Input(3) is null
        && node.Input(1)?.Constant is { Type: ElementType.Int64 } pads && pads.Length >= 4 && pads.Span<long>()[1] == 0 && pads.Span<long>()[(int)(pads.Length / 2) + 1] == 0;

    private static bool ReducesPositionsOnly(Node node)
    {
        long[]? axes = node.IntsAttribute("axes") ?? (node.Input(1)?.Constant is { Type: ElementType.Int64 } stored ? stored.Span<long>().ToArray() : null);
        int? rank = node.Input(0)?.Shape?.Rank;
        return axes is { Length: > 0 } && rank is not null && axes.All(a => (a < 0 ? a + rank : a) >= 2);
    }

    private void Fix(IEnumerable<Value?> values) => _fixed.UnionWith(values.OfType<Value>());

    private void Join(Value one, Value other) => _parents[Root(one)] = Root(other);

    private Value Root(Value value)
    {
        while (_parents.TryGetValue(value, out Value? parent) && parent != value)
        {
            value = parent;
        }

        return value;
    }

    private List<ChannelGroup> Groups()
    {
        HashSet<Value> excluded = [.. _fixed.Select(Root)];
        var groups = new Dictionary<Value, ChannelGroup>();
        foreach ((Value value, LayerWeight layer) in _producers.Where(p => !excluded.Contains(Root(p.Value))))
        {
            GroupOf(value).Producers.Add(layer);
        }

        foreach ((Value value, LayerWeight layer) in _consumers.Where(c => groups.ContainsKey(Root(c.Value))))
        {
            GroupOf(value).Consumers.Add(layer);
        }

        foreach ((Value value, Node node) in _between.Where(b => groups.ContainsKey(Root(b.Value))))
        {
            GroupOf(value).Between.Add(node);
        }

        foreach ((Value value, float high) in _limits.Where(l => groups.ContainsKey(Root(l.Value))))
        {
            GroupOf(value).Limits.Add((value, high));
        }

        return [.. groups.Values.Where(g => g.Consumers.Count > 0)];

        ChannelGroup GroupOf(Value value)
        {
            if (!groups.TryGetValue(Root(value), out ChannelGroup? group))
            {
                groups.Add(Root(value), group = new ChannelGroup(ChannelsOf(value)!.Value));
            }

            return group;
        }
    }
}
