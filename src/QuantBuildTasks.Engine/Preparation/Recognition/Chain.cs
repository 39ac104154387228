using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>The nodes of one graph that together compute one operator, collected from the last one backwards.</summary>
/// <param name="last">The node whose output is the operator's.</param>
internal sealed class Chain(Node last)
{
    private readonly List<Node> _nodes = [last];
    private readonly HashSet<Node> _known = [last];

    /// <summary>The node whose output is the operator's.</summary>
    public Node Last => _nodes[0];

    /// <summary>The producer of a value where it is operator <paramref name="opType"/> in the same graph; it is part of the chain from now on.</summary>
    public Node? Take(Value? value, string opType)
    {
        if (value?.Producer is not { } node || node.Graph != Last.Graph || !node.Is(opType))
        {
            return null;
        }

        Add(node);
        return node;
    }

    /// <summary>Makes a node of the same graph part of the chain.</summary>
    public void Add(Node node)
    {
        if (_known.Add(node))
        {
            _nodes.Add(node);
        }
    }

    /// <summary>Lets the chain end with a node that reads its result so far.</summary>
    public void EndWith(Node node)
    {
        _known.Add(node);
        _nodes.Insert(0, node);
    }

    /// <summary>Why the nodes cannot become one, or null.</summary>
    /// <param name="isKept">Nodes that the user names.</param>
    public string? ReasonAgainst(Func<Node, bool> isKept)
    {
        if (_nodes.Find(n => isKept(n)) is { } kept)
        {
            return $"{kept.DisplayName} is to be kept as it is";
        }

        return _nodes.Skip(1).SelectMany(n => n.Outputs).OfType<Value>().FirstOrDefault(v => v.IsGraphOutput || v.Uses.Any(u => !_known.Contains(u.Node))) is { } read
            ? $"something else reads '{read.Name}' too"
            : null;
    }

    /// <summary>Puts one node in the place of all, under the name of the last.</summary>
    public void ReplaceBy(string opType, IEnumerable<Value?> inputs, params NodeAttribute[] attributes)
    {
        Graph graph = Last.Graph;
        Value[] between = [.. _nodes.Skip(1).SelectMany(n => n.Outputs).OfType<Value>()];
        graph.Insert(graph.IndexOf(Last), opType, "", Last.Name, inputs, [Last.Output()], attributes);
        _nodes.ForEach(graph.Remove);
        Array.ForEach(between, graph.Remove);
    }
}
