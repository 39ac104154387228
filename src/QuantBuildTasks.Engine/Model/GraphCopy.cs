namespace QuantBuildTasks.Engine.Model;

/// <summary>Copies nodes from one graph into another, with all that they need: the values between them, initializers, and sub-graphs.</summary>
/// <param name="valueName">The name that a copied value asks for; a number is added where it is taken.</param>
/// <param name="nodeName">The name of a copied node.</param>
/// <param name="attribute">What becomes of an attribute; null drops it. Its sub-graphs are copied afterwards.</param>
internal sealed class GraphCopy(Func<string, string> valueName, Func<Node, string> nodeName, Func<NodeAttribute, NodeAttribute?> attribute)
{
    private readonly Dictionary<Value, Value?> _copies = [];

    /// <summary>Lets what reads or produces <paramref name="value"/> read or produce <paramref name="copy"/>; null leaves it out.</summary>
    public void Bind(Value value, Value? copy) => _copies[value] = copy;

    /// <summary>Whether the value has a copy already, or is bound to be left out.</summary>
    public bool IsBound(Value value) => _copies.ContainsKey(value);

    /// <summary>The copy of a value; the value itself where it is none of what is copied, as one of a graph around both is.</summary>
    public Value? Of(Value value) => _copies.TryGetValue(value, out Value? copy) ? copy : value;

    /// <summary>Copies all nodes and initializers of a graph.</summary>
    /// <param name="source">The graph; its inputs are bound or captured as they are.</param>
    /// <param name="target">Where the copies go.</param>
    /// <param name="index">Before which node of the target.</param>
    /// <returns>The copied nodes, in order.</returns>
    /// <exception cref="InvalidOperationException">A sub-graph gives to its node a value that is bound to be left out.</exception>
    public List<Node> Nodes(Graph source, Graph target, int index)
    {
        foreach (Value stored in source.Initializers.Where(v => !IsBound(v)))
        {
            Bind(stored, target.AddInitializer(valueName(stored.Name), stored.Initializer!));
        }

        foreach (Value stored in source.SparseInitializers.Where(v => !IsBound(v)))
        {
            Value copy = target.AddValue(valueName(stored.Name));
            target.SetSparseInitializer(copy, stored.SparseInitializer!);
            Bind(stored, copy);
        }

        return Nodes(source.Nodes, target, index);
    }

    /// <summary>Copies some nodes; what they read and none of them gives is bound, or of a graph around both.</summary>
    /// <param name="sources">In an order in which each comes after what it reads.</param>
    /// <param name="target">Where the copies go.</param>
    /// <param name="index">Before which node of the target.</param>
    /// <returns>The copied nodes, in order.</returns>
    public List<Node> Nodes(IReadOnlyList<Node> sources, Graph target, int index)
    {
        foreach (Value output in sources.SelectMany(n => n.Outputs).OfType<Value>().Where(v => !IsBound(v)))
        {
            Bind(output, AddValue(output, target));
        }

        var nodes = new List<Node>(sources.Count);
        foreach (Node node in sources)
        {
            NodeAttribute[] attributes = [.. node.Attributes.Select(attribute).OfType<NodeAttribute>().Select(a => WithOwnGraphs(a, target))];
            Node copy = target.Insert(index++, node.Called, nodeName(node), node.Inputs.Select(Of), node.Outputs.Select(Of), attributes);
            copy.Residue = node.Residue;
            nodes.Add(copy);

            Value? Of(Value? value) => value is null ? null : this.Of(value);
        }

        return nodes;
    }

    private NodeAttribute WithOwnGraphs(NodeAttribute original, Graph target) => original.Value switch
    {
        Graph graph => original with { Value = Subgraph(graph, target) },
        Graph[] graphs => original with { Value = Array.ConvertAll(graphs, g => Subgraph(g, target)) },
        _ => original,
    };

    private Graph Subgraph(Graph source, Graph parent)
    {
        var graph = new Graph(source.Name) { Parent = parent };
        foreach (Value input in source.Inputs)
        {
            Value copy = AddValue(input, graph);
            (copy.Shape, copy.Residue) = (input.Shape, input.Residue);
            graph.AddInput(copy);
            if (input.Initializer is { } initial)
            {
                graph.SetInitializer(copy, initial);
            }

            Bind(input, copy);
        }

        Nodes(source, graph, 0);
        foreach (Value output in source.Outputs)
        {
            graph.AddOutput(Of(output) ?? throw new InvalidOperationException($"'{output.Name}' is left out, but the graph '{source.Name}' gives it to its node."));
        }

        return graph;
    }

    /// <summary>Sizes with names stay behind: the names are those of the source.</summary>
    private Value AddValue(Value original, Graph target)
    {
        Value copy = target.AddValue(valueName(original.Name), original.Type, original.Shape is { IsStatic: true } shape ? shape : null);
        copy.OtherType = original.OtherType;
        return copy;
    }
}
