using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Turns <see cref="GraphProto"/> into <see cref="Graph"/>: names become references.</summary>
internal static class GraphReader
{
    /// <exception cref="FormatException">A name is defined twice or not at all.</exception>
    public static Graph Read(GraphProto proto, Graph? parent, ExternalFiles? files)
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
            string name = tensor.Name;
            Value value = graph.Find(name) is { IsGraphInput: true, Initializer: null } input && input.Graph == graph ? input : Define(graph, name);
            (ElementType type, Shape? shape) = (value.Type, value.Shape);
            graph.SetInitializer(value, TensorReader.Read(tensor, files));
            if (value.IsGraphInput)
            {
                (value.Type, value.Shape) = (type, shape);
            }
        }

        // Sparse initializers stay in the residue; what reads them finds a value that is neither constant nor computed.
        foreach (SparseTensorProto sparse in proto.SparseInitializer)
        {
            Define(graph, sparse.Values?.Name ?? throw new FormatException("a sparse initializer has no values."));
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

        graph.Sort();
        if (parent is null)
        {
            Unhide(graph);
        }

        proto.ClearName();
        proto.Node.Clear();
        proto.Initializer.Clear();
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

    private static Value Define(Graph graph, string name, NodeProto? node = null)
    {
        if (graph.Find(name) is { } taken && taken.Graph == graph)
        {
            string by = node is null ? "" : $"; node '{node.Name}' ({node.OpType}) computes the second";
            throw new FormatException($"the name '{name}' is given to two values{by}.");
        }

        return graph.AddExactly(name);
    }

    private static void ReadNode(Graph graph, NodeProto proto, ExternalFiles? files)
    {
        Node node = graph.Insert(
            graph.Nodes.Count,
            proto.OpType,
            proto.Domain == "ai.onnx" ? "" : proto.Domain,
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
        node.Residue = proto;
    }

    private static NodeAttribute ReadAttribute(AttributeProto proto, Node node, ExternalFiles? files)
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
            value.Shape = tensor.Shape is null ? value.Shape : new Shape([.. tensor.Shape.Dim.Select(ReadDimension)]);
        }

        // An input that is an output as well keeps what the input says about it.
        value.Residue = value.IsGraphInput ? value.Residue ?? info : info;
    }

    /// <summary>A size below zero is how some exporters write one that they do not know.</summary>
    private static Dimension ReadDimension(TensorShapeProto.Types.Dimension proto) => proto.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when proto.DimValue >= 0 => new Dimension(proto.DimValue),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => new Dimension(null, proto.DimParam),
        _ => default,
    };
}
