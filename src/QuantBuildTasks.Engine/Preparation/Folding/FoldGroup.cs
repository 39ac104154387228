using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>Foldable nodes that hang together by values between them: they are folded together or not at all.</summary>
internal sealed class FoldGroup
{
    private readonly List<Node> _nodes;
    private readonly HashSet<Node> _members;

    private FoldGroup(List<Node> nodes) => (_nodes, _members) = (nodes, [.. nodes]);

    /// <summary>In graph order.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>What others read, or nobody: everything but the steps in between.</summary>
    public IEnumerable<Value> Results => Outputs.Where(o => o.IsGraphOutput || o.Uses.Count == 0 || o.Uses.Any(u => !_members.Contains(u.Node)));

    /// <summary>Bytes of the constants that nothing reads any more once this group is folded.</summary>
    public long FreedBytes => _nodes.SelectMany(n => n.Inputs.OfType<Value>()).Distinct()
        .Where(v => v.Constant is not null && !v.IsGraphOutput && v.Uses.All(u => _members.Contains(u.Node)))
        .Sum(v => (long)v.Constant!.Bytes.Length);

    private IEnumerable<Value> Outputs => _nodes.SelectMany(n => n.Outputs.OfType<Value>());

    /// <summary>The groups of some nodes, which stand in graph order.</summary>
    public static IReadOnlyList<FoldGroup> Split(IReadOnlyList<Node> nodes)
    {
        var groupOf = new Dictionary<Node, List<Node>>();
        foreach (Node node in nodes)
        {
            List<Node> group = [node];
            groupOf.Add(node, group);
            foreach (Node producer in node.Inputs.Select(i => i?.Producer).OfType<Node>())
            {
                if (!groupOf.TryGetValue(producer, out List<Node>? other) || other == group)
                {
                    continue;
                }

                (List<Node> kept, List<Node> moved) = other.Count > group.Count ? (other, group) : (group, other);
                kept.AddRange(moved);
                moved.ForEach(n => groupOf[n] = kept);
                group = kept;
            }
        }

        Dictionary<Node, int> order = nodes.Index().ToDictionary(n => n.Item, n => n.Index);
        return [.. groupOf.Values.Distinct().Select(g => g.OrderBy(n => order[n]).ToList()).OrderBy(g => order[g[0]]).Select(g => new FoldGroup(g))];
    }

    /// <summary>Puts the computed tensors in the place of the nodes.</summary>
    public void Replace(IReadOnlyDictionary<Value, Tensor> results)
    {
        Value[] outputs = [.. Outputs];
        Value[] read = [.. Results];
        _nodes.ForEach(n => n.Graph.Remove(n));
        foreach (Value value in read)
        {
            value.Graph.SetInitializer(value, results[value]);
        }

        foreach (Value value in outputs.Except(read))
        {
            value.Graph.Remove(value);
        }
    }
}
