using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="GraphProto"/> into <see cref="Graph"/>: names become references.</summary>
internal static class GraphReader
{
    /// <exception cref="FormatException">A name is defined twice or not at all.</exception>
    public static Graph Read(GraphProto proto, Graph? parent, ITensorFiles? files)
    {
        var graph = new Graph(proto.Name) { Parent = parent };
        foreach (ValueInfoProto info in proto.Input)
        {
            Value value = Define(graph, info.Name);
            Describe(value, info);
            graph.AddInput(value);
        }

        foreach (TensorProto tensor in proto.Initializer)
        {
            Value value = DefineStored(graph, tensor.Name);
            (ElementType type, Shape? shape) = (value.Type, value.Shape);
            graph.SetInitializer(value, TensorReader.Read(tensor, files));
            if (value.IsGraphInput)
            {
                (value.Type, value.Shape) = (type, shape);
            }
        }

        foreach (SparseTensorProto sparse in proto.SparseInitializer)
        {
            Value value = DefineStored(graph, sparse.Values?.Name ?? throw new FormatException("a sparse initializer has no values."));
            (ElementType type, Shape? shape) = (value.Type, value.Shape);
            graph.SetSparseInitializer(value, SparseTensorReader.Read(sparse, files));
            if (value.IsGraphInput)
            {
                (value.Type, value.Shape) = (type, shape);
            }
        }

        foreach (NodeProto node in proto.Node)
        {
            foreach (string output in node.Output.Where(o => o.Length > 0))
            {
                Define(graph, output, node);
            }
        }

        var unmatched = new List<ValueInfoProto>();
        foreach (ValueInfoProto info in proto.ValueInfo)
        {
            if (graph.Find(info.Name) is { Residue: null } value && value.Graph == graph)
            {
                Describe(value, info);
            }
            else
            {
                unmatched.Add(info);
            }
        }

        foreach (NodeProto node in proto.Node)
        {
            ReadNode(graph, node, files);
        }

        foreach (ValueInfoProto info in proto.Output)
        {
            Value value = graph.Find(info.Name) ?? throw new FormatException($"the graph output '{info.Name}' is computed nowhere.");
            Describe(value, info);
            graph.AddOutput(value);
        }

        AnnotationReader.Read(proto, graph);
        graph.Sort();
        if (parent is null)
        {
            Unhide(graph);
        }

        proto.ClearName();
        proto.Node.Clear();
        proto.Initializer.Clear();
        proto.SparseInitializer.Clear();
        proto.Input.Clear();
        proto.Output.Clear();
        proto.ValueInfo.Clear();
        proto.ValueInfo.AddRange(unmatched);
        graph.Residue = proto;
        return graph;
    }

    /// <summary>
    /// A value of a branch may bear the name of one around it, which it hides; a reader of the outer one that a pass puts into the branch
    /// would then read the wrong one. Names inside branches mean nothing to a caller, so they give way.
    /// </summary>
    private static void Unhide(Graph root)
    {
        foreach (Graph graph in root.SelfAndSubgraphs().Where(g => g.Parent is not null))
        {
            foreach (Value value in graph.Values.Where(v => graph.Parent!.Find(v.Name) is not null).ToArray())
            {
                graph.Rename(value, value.Name + "_inner");
            }
        }
    }

    /// <summary>Before IR version 4, initializers had to stand among the inputs too; since then one that does is the input's default.</summary>
    private static Value DefineStored(Graph graph, string name) =>
        graph.Find(name) is { IsGraphInput: true, IsStored: false } input && input.Graph == graph ? input : Define(graph, name);

    private static Value Define(Graph graph, string name, NodeProto? node = null)
    {
        if (graph.Find(name) is { } taken && taken.Graph == graph)
        {
            string by = node is null ? "" : $"; node '{node.Name}' ({node.OpType}) computes the second";
            throw new FormatException($"the name '{name}' is given to two values{by}.");
        }

        return graph.AddExactly(name);
    }

    private static void ReadNode(Graph graph, NodeProto proto, ITensorFiles? files)
    {
        Node node = graph.Insert(
            graph.Nodes.Count,
            new FunctionId(proto.Domain == "ai.onnx" ? "" : proto.Domain, proto.OpType, proto.Overload),
            proto.Name,
            proto.Input.Select(name => name.Length == 0 ? null : graph.Find(name)
                ?? throw new FormatException($"node '{proto.Name}' ({proto.OpType}) reads '{name}', which is defined nowhere.")),
            proto.Output.Select(name => name.Length == 0 ? null : graph.Find(name)));
        var names = new HashSet<string>(proto.Attribute.Count, StringComparer.Ordinal);
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!names.Add(attribute.Name))
            {
                throw new InvalidGraphException($"node '{node.DisplayName}' ({node.OpType}) has attribute '{attribute.Name}' twice.");
            }

            node.AddAttribute(ReadAttribute(attribute, node, files));
        }

        proto.Input.Clear();
        proto.Output.Clear();
        proto.Attribute.Clear();
        proto.ClearName();
        proto.ClearOpType();
        proto.ClearDomain();
        proto.ClearOverload();
        node.Residue = proto;
    }

    private static NodeAttribute ReadAttribute(AttributeProto proto, Node node, ITensorFiles? files)
    {
        try
        {
            return AttributeReader.Read(proto, node.Graph, files);
        }
        catch (InvalidGraphException e) when (!e.NamesNode)
        {
            throw new InvalidGraphException($"node '{node.DisplayName}' ({node.OpType}): {e.Message}", e) { NamesNode = true };
        }
        catch (FormatException e) when (proto.G is null && proto.Graphs.Count == 0)
        {
            // What breaks inside a graph has been named there.
            throw new FormatException($"node '{node.DisplayName}' ({node.OpType}), attribute '{proto.Name}': {e.Message}", e);
        }
    }

    private static void Describe(Value value, ValueInfoProto info)
    {
        if (info.Type?.TensorType is { } tensor)
        {
            value.Type = (ElementType)tensor.ElemType;
            value.Shape = TypeReader.Read(tensor.Shape) ?? value.Shape;
        }
        else
        {
            value.OtherType = TypeReader.Read(info.Type) ?? value.OtherType;
        }

        // An input that is an output as well keeps what the input says about it.
        value.Residue = value.IsGraphInput ? value.Residue ?? info : info;
    }
}
