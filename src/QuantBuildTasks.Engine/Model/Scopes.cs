namespace QuantBuildTasks.Engine.Model;

/// <summary>A graph with all branches and bodies below it, as they were when this was made: which node holds which, and what lies where.</summary>
internal sealed class Scopes
{
    private readonly Dictionary<Graph, Node> _owners = [];
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);

    public Scopes(Graph main)
    {
        All = [.. main.SelfAndSubgraphs()];
        foreach (Node node in Nodes)
        {
            foreach (Graph below in node.Subgraphs)
            {
                _owners.Add(below, node);
            }
        }

        foreach (Value value in All.SelectMany(g => g.Values))
        {
            _values.TryAdd(value.Name, value);
        }
    }

    /// <summary>Outermost first; a node's branches come in the order of its attributes.</summary>
    public IReadOnlyList<Graph> All { get; }

    /// <summary>The nodes of all graphs, graph by graph.</summary>
    public IEnumerable<Node> Nodes => All.SelectMany(g => g.Nodes);

    /// <summary>The node that holds a branch or body; null for the outermost graph.</summary>
    public Node? Owner(Graph graph) => _owners.GetValueOrDefault(graph);

    /// <summary>The nodes around a graph, the innermost first.</summary>
    public IEnumerable<Node> Around(Graph graph)
    {
        for (Node? owner = Owner(graph); owner is not null; owner = Owner(owner.Graph))
        {
            yield return owner;
        }
    }

    /// <summary>The value of that name, wherever it lies; where several graphs use the name, the outermost one's.</summary>
    public Value? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>
    /// Where to convert a value of <paramref name="origin"/> for a reader in <paramref name="reader"/>: there, so that a branch that is not taken costs
    /// nothing, but outside of loops, which would convert it anew in every turn.
    /// </summary>
    public Graph BeforeLoops(Graph reader, Graph origin)
    {
        Graph place = reader;
        for (Graph graph = reader; graph != origin; graph = graph.Parent!)
        {
            if (!Owner(graph)!.Is("If"))
            {
                place = graph.Parent!;
            }
        }

        return place;
    }

    /// <summary>Whether what is computed in <paramref name="outer"/> can be read in <paramref name="inner"/>: it is the same graph, or one around it.</summary>
    public static bool IsVisible(Graph outer, Graph inner)
    {
        for (Graph? graph = inner; graph is not null; graph = graph.Parent)
        {
            if (graph == outer)
            {
                return true;
            }
        }

        return false;
    }
}
