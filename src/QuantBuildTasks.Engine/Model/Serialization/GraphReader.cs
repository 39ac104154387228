using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Turns <see cref="GraphProto"/> into <see cref="Graph"/>: names become references.</summary>
internal static class GraphReader
{
    /// <exception cref="FormatException">A name is defined twice or not at all.</exception>
    public static Graph Read(GraphProto proto, Graph? parent)
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
            Value value = graph.Inputs.FirstOrDefault(i => i.Name == tensor.Name) ?? Define(graph, tensor.Name);
            (ElementType type, Shape? shape) = (value.Type, value.Shape);
            graph.SetInitializer(value, TensorReader.Read(tensor));
            if (value.IsGraphInput)
            {
                (value.Type, value.Shape) = (type, shape);
            }
        }

        foreach (NodeProto node in proto.Node)
        {
            foreach (string output in node.Output.Where(o => o.Length > 0))
            {
                Define(graph, output);
            }
        }

        foreach (ValueInfoProto info in proto.ValueInfo)
        {
            if (graph.Find(info.Name) is { } value && value.Graph == graph)
            {
                Describe(value, info);
            }
        }

        foreach (NodeProto node in proto.Node)
        {
            ReadNode(graph, node);
        }

        foreach (ValueInfoProto info in proto.Output)
        {
            Value value = graph.Find(info.Name) ?? throw new FormatException($"the graph output '{info.Name}' is computed nowhere.");
            Describe(value, info);
            graph.AddOutput(value);
        }

        proto.ClearName();
        proto.Node.Clear();
        proto.Initializer.Clear();
        proto.Input.Clear();
        proto.Output.Clear();
        proto.ValueInfo.Clear();
        graph.Residue = proto;
        return graph;
    }

    private static Value Define(Graph graph, string name)
    {
        if (graph.Find(name) is { } taken && taken.Graph == graph)
        {
            throw new FormatException($"the name '{name}' is given to two values.");
        }

        return graph.AddExactly(name);
    }

    private static void ReadNode(Graph graph, NodeProto proto)
    {
        Node node = graph.Insert(
            graph.Nodes.Count,
            proto.OpType,
            proto.Domain == "ai.onnx" ? "" : proto.Domain,
            proto.Name,
            proto.Input.Select(name => name.Length == 0 ? null : graph.Find(name)
                ?? throw new FormatException($"node '{proto.Name}' ({proto.OpType}) reads '{name}', which is defined nowhere.")),
            proto.Output.Select(name => name.Length == 0 ? null : graph.Find(name)));
        foreach (AttributeProto attribute in proto.Attribute)
        {
            node.SetAttribute(AttributeReader.Read(attribute, graph));
        }

        proto.Input.Clear();
        proto.Output.Clear();
        proto.Attribute.Clear();
        proto.ClearName();
        proto.ClearOpType();
        proto.ClearDomain();
        node.Residue = proto;
    }

    private static void Describe(Value value, ValueInfoProto info)
    {
        if (info.Type?.TensorType is { } tensor)
        {
            value.Type = (ElementType)tensor.ElemType;
            value.Shape = tensor.Shape is null ? value.Shape : new Shape([.. tensor.Shape.Dim.Select(ReadDimension)]);
        }

        value.Residue = info;
    }

    private static Dimension ReadDimension(TensorShapeProto.Types.Dimension proto) => proto.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => new Dimension(proto.DimValue),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => new Dimension(null, proto.DimParam),
        _ => default,
    };
}
