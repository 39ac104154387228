using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Float16;

namespace QuantBuildTasks.Engine.Rewriting.Float16;

/// <summary>
/// Lets the nodes that a plan names compute in float16. Each tensor has one conversion at most in either direction, whoever reads it (one in each branch,
/// where branches alone read it); inputs and outputs of the model, of branches and of bodies stay float32. A float32 form keeps the tensor's name; where nobody needs one, the
/// float16 form takes it.
/// </summary>
internal sealed class Float16Rewriter
{
    /// <summary>Up to so many stored numbers take less room in both forms than the conversion of one into the other.</summary>
    private const int Few = 16;

    private readonly Scopes _scopes;
    private readonly (Node Node, Float16Node Ports)[] _nodes;
    private readonly HashSet<(Node, int)> _asHalf;
    private readonly HashSet<Value> _small;

    /// <summary>Float16 forms that every reader can use: results of float16 nodes, and stored numbers.</summary>
    private readonly Dictionary<Value, Value> _halves = [];
    private readonly Dictionary<(Value Single, Graph Place), Value> _casts = [];
    private readonly List<(Value Single, Value Half)> _produced = [];

    private Float16Rewriter(Graph graph, QuantizationPlan plan)
    {
        _scopes = new Scopes(graph);
        Dictionary<string, Node> byName = _scopes.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        _nodes = [.. plan.Float16Nodes.Select(n => (byName[n.Node], n))];
        _small = [.. plan.Stored.Where(s => s.Type == ElementType.Int8).Select(s => _scopes.All[s.Scope].Find(s.Value)!)];
        _asHalf = [.. _nodes.SelectMany(n => n.Ports.Inputs.Select(i => (n.Node, i)))];
    }

    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The prepared model that the plan was made for.</param>
    /// <param name="plan">The nodes by name, and which of their ports become float16.</param>
    public static void Rewrite(OnnxModel model, QuantizationPlan plan)
    {
        var rewriter = new Float16Rewriter(model.Graph, plan);
        rewriter.ConvertOutputs();
        rewriter.ConvertInputs();
        rewriter.GiveFloat32WhereItIsRead();
        foreach (Graph graph in rewriter._scopes.All)
        {
            graph.Sort();
            foreach (Value value in graph.Values.Where(v => v.Producer is not null && !v.IsGraphOutput))
            {
                // What the file said of intermediate values is inferred anew by whoever opens it.
                value.Residue = null;
            }
        }

        model.ProducerName = "QuantBuildTasks";
        model.ProducerVersion = "";
    }

    private void ConvertOutputs()
    {
        foreach ((Node node, Float16Node ports) in _nodes)
        {
            ConvertAttributes(node, ports.Outputs.Count > 0);
            foreach (int index in ports.Outputs)
            {
                Value single = node.Output(index);
                Value half = node.Graph.AddValue(single.Name + "_half", ElementType.Float16, single.Shape);
                node.SetOutput(index, half);
                _halves.Add(single, half);
                _produced.Add((single, half));
            }
        }
    }

    /// <summary>The operators whose result type stands in an attribute.</summary>
    private static void ConvertAttributes(Node node, bool outputIsHalf)
    {
        if (outputIsHalf && node.Is("Cast"))
        {
            node.SetAttribute(NodeAttribute.Of("to", (long)ElementType.Float16));
        }
        else if (outputIsHalf && node.Is("ConstantOfShape"))
        {
            Tensor fill = node.Attribute("value")?.Value as Tensor ?? Tensor.Vector(0f);
            node.SetAttribute(NodeAttribute.Of("value", HalfTensor.Of(fill)));
        }
    }

    private void ConvertInputs()
    {
        foreach ((Node node, Float16Node ports) in _nodes)
        {
            foreach (int index in ports.Inputs)
            {
                node.SetInput(index, Half(node.Input(index)!, node.Graph));
            }
        }

        foreach (Node node in _scopes.Nodes.Where(Float16Ports.ReadsFormAlone))
        {
            if (node.Input(0) is { } value && _halves.TryGetValue(value, out Value? half))
            {
                node.SetInput(0, half);
            }
        }
    }

    private Value Half(Value single, Graph reader)
    {
        if (_halves.TryGetValue(single, out Value? half))
        {
            return half;
        }

        if (single.Constant is { } stored && (stored.Length <= Few || ReadAsHalfAlone(single)) && !_small.Contains(single))
        {
            half = single.Graph.AddInitializer(single.Name + "_half", HalfTensor.Of(stored));
            _halves.Add(single, half);
            return half;
        }

        // One form of a weight is stored, of those in int8 the float32 one until they are: a conversion of it is folded when the model is opened.
        Graph place = single.Constant is null ? _scopes.BeforeLoops(reader, single.Graph) : single.Graph;
        for (Graph? graph = place; graph is not null; graph = graph.Parent)
        {
            if (_casts.TryGetValue((single, graph), out half))
            {
                return half;
            }
        }

        half = place.AddValue(single.Name + "_half", ElementType.Float16, single.Shape);
        place.Insert(place.Nodes.Count, "Cast", "", "", [single], [half], NodeAttribute.Of("to", (long)ElementType.Float16));
        _casts.Add((single, place), half);
        return half;
    }

    private bool ReadAsHalfAlone(Value single) => !single.IsGraphOutput && single.Uses.All(u => _asHalf.Contains((u.Node, u.Index)));

    private void GiveFloat32WhereItIsRead()
    {
        foreach ((Value single, Value half) in _produced)
        {
            if (single.Uses.Count > 0 || single.IsGraphOutput)
            {
                single.Graph.Insert(single.Graph.Nodes.Count, "Cast", "", "", [half], [single], NodeAttribute.Of("to", (long)ElementType.Float32));
            }
            else
            {
                PassName(single, half);
            }
        }

        foreach ((Value single, Value half) in _halves.Where(p => p.Key is { Constant: not null, IsGraphOutput: false, Uses.Count: 0 }).ToArray())
        {
            PassName(single, half);
        }

        foreach (Value unused in _scopes.All.SelectMany(g => g.Initializers).Where(v => v.Uses.Count == 0 && !v.IsGraphInput && !v.IsGraphOutput).ToArray())
        {
            unused.Graph.Remove(unused);
        }
    }

    private static void PassName(Value single, Value half)
    {
        string name = single.Name;
        single.Graph.Remove(single);
        half.Graph.Rename(half, name);
    }
}
