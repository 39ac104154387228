using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Turns <see cref="Graph"/> back into <see cref="GraphProto"/>.</summary>
internal static class GraphWriter
{
    public static GraphProto Write(Graph graph)
    {
        GraphProto proto = (graph.Residue as GraphProto)?.Clone() ?? new GraphProto();
        proto.Name = graph.Name;
        proto.Node.AddRange(graph.Nodes.Select(WriteNode));
        proto.Initializer.AddRange(graph.Initializers.Select(v => WriteTensor(v.Initializer!, v.Name)));
        proto.Input.AddRange(graph.Inputs.Select(Describe));
        proto.Output.AddRange(graph.Outputs.Select(Describe));
        ValueInfoProto[] unmatched = [.. proto.ValueInfo];
        proto.ValueInfo.Clear();
        proto.ValueInfo.AddRange(graph.Values
            .Where(v => v.Residue is not null && (v.Producer is not null || v.Initializer is not null) && !v.IsGraphInput && !v.IsGraphOutput)
            .Select(Describe));
        proto.ValueInfo.AddRange(unmatched);
        TensorAnnotation[] annotations = [.. proto.QuantizationAnnotation.Where(a => graph.Find(a.TensorName) is not null)];
        proto.QuantizationAnnotation.Clear();
        proto.QuantizationAnnotation.AddRange(annotations);
        return proto;
    }

    private static NodeProto WriteNode(Node node)
    {
        NodeProto proto = (node.Residue as NodeProto)?.Clone() ?? new NodeProto();
        proto.Input.AddRange(node.Inputs.Select(v => v?.Name ?? ""));
        proto.Output.AddRange(node.Outputs.Select(v => v?.Name ?? ""));
        proto.OpType = node.OpType;
        if (node.Name.Length > 0)
        {
            proto.Name = node.Name;
        }

        if (node.Domain.Length > 0)
        {
            proto.Domain = node.Domain;
        }

        proto.Attribute.AddRange(node.Attributes.Select(WriteAttribute));
        return proto;
    }

    private static AttributeProto WriteAttribute(NodeAttribute attribute)
    {
        AttributeProto proto = (attribute.Residue as AttributeProto)?.Clone() ?? new AttributeProto();
        proto.Name = attribute.Name;
        proto.Type = (AttributeProto.Types.AttributeType)attribute.Kind;
        switch (attribute.Value)
        {
            case float f:
                proto.F = f;
                break;
            case long i:
                proto.I = i;
                break;
            case byte[] s:
                proto.S = ByteString.CopyFrom(s);
                break;
            case Tensor t:
                proto.T = WriteTensor(t, null);
                break;
            case Graph g:
                proto.G = Write(g);
                break;
            case float[] floats:
                proto.Floats.AddRange(floats);
                break;
            case long[] ints:
                proto.Ints.AddRange(ints);
                break;
            case byte[][] strings:
                proto.Strings.AddRange(strings.Select(s => ByteString.CopyFrom(s)));
                break;
            case Tensor[] tensors:
                proto.Tensors.AddRange(tensors.Select(t => WriteTensor(t, null)));
                break;
            case Graph[] graphs:
                proto.Graphs.AddRange(graphs.Select(Write));
                break;
        }

        return proto;
    }

    private static TensorProto WriteTensor(Tensor tensor, string? name)
    {
        TensorProto proto = (tensor.Residue as TensorProto)?.Clone() ?? new TensorProto();
        proto.Dims.AddRange(tensor.Dims);
        proto.DataType = (int)tensor.Type;
        if (name is not null)
        {
            proto.Name = name;
        }

        if (tensor.Strings is { } strings)
        {
            if (proto.StringData.Count == 0)
            {
                proto.StringData.AddRange(strings.Select(ByteString.CopyFromUtf8));
            }
        }
        else
        {
            proto.RawData = UnsafeByteOperations.UnsafeWrap(tensor.Bytes);
        }

        return proto;
    }

    private static ValueInfoProto Describe(Value value)
    {
        ValueInfoProto proto = (value.Residue as ValueInfoProto)?.Clone() ?? new ValueInfoProto();
        proto.Name = value.Name;
        if (value.Type == ElementType.Undefined)
        {
            return proto;
        }

        // Denotations live in the residue's dimensions: keep them where the rank is still the same.
        proto.Type ??= new TypeProto();
        proto.Type.TensorType ??= new TypeProto.Types.Tensor();
        TypeProto.Types.Tensor tensor = proto.Type.TensorType;
        tensor.ElemType = (int)value.Type;
        if (value.Shape is { } shape)
        {
            tensor.Shape ??= new TensorShapeProto();
            while (tensor.Shape.Dim.Count > shape.Rank)
            {
                tensor.Shape.Dim.RemoveAt(tensor.Shape.Dim.Count - 1);
            }

            while (tensor.Shape.Dim.Count < shape.Rank)
            {
                tensor.Shape.Dim.Add(new TensorShapeProto.Types.Dimension());
            }

            for (int i = 0; i < shape.Rank; i++)
            {
                WriteDimension(tensor.Shape.Dim[i], shape[i]);
            }
        }
        else
        {
            tensor.Shape = null;
        }

        return proto;
    }

    private static void WriteDimension(TensorShapeProto.Types.Dimension proto, Dimension dimension)
    {
        proto.ClearValue();
        if (dimension.Value is { } size)
        {
            proto.DimValue = size;
        }
        else if (dimension.Symbol is { } symbol)
        {
            proto.DimParam = symbol;
        }
    }
}
