using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>Turns <see cref="Graph"/> back into <see cref="GraphProto"/>.</summary>
internal static class GraphWriter
{
    public static GraphProto Write(Graph graph)
    {
        GraphProto proto = (graph.Residue as GraphProto)?.Clone() ?? new GraphProto();
        proto.Name = graph.Name;
        proto.Node.AddRange(graph.Nodes.Select(WriteNode));
        proto.Initializer.AddRange(graph.Initializers.Select(v => WriteTensor(v.Initializer!, v.Name)));
        proto.SparseInitializer.AddRange(graph.SparseInitializers.Select(v => SparseTensorWriter.Write(v.SparseInitializer!, v.Name)));
        proto.Input.AddRange(graph.Inputs.Select(Describe));
        proto.Output.AddRange(graph.Outputs.Select(Describe));
        ValueInfoProto[] unmatched = [.. proto.ValueInfo];
        proto.ValueInfo.Clear();
        proto.ValueInfo.AddRange(graph.Values
            .Where(v => v.Residue is not null && (v.Producer is not null || v.IsStored) && !v.IsGraphInput && !v.IsGraphOutput)
            .Select(Describe));
        proto.ValueInfo.AddRange(unmatched);
        AnnotationWriter.Write(graph, proto);
        return proto;
    }

    internal static NodeProto WriteNode(Node node)
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

        if (node.Overload.Length > 0)
        {
            proto.Overload = node.Overload;
        }

        proto.Attribute.AddRange(node.Attributes.Select(WriteAttribute));
        return proto;
    }

    internal static AttributeProto WriteAttribute(NodeAttribute attribute)
    {
        AttributeProto proto = (attribute.Residue as AttributeProto)?.Clone() ?? new AttributeProto();
        proto.Name = attribute.Name;
        proto.Type = (AttributeProto.Types.AttributeType)attribute.Kind;
        if (attribute.Reference is { } reference)
        {
            proto.RefAttrName = reference;
        }

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
            case SparseTensor sparse:
                proto.SparseTensor = SparseTensorWriter.Write(sparse, null);
                break;
            case SparseTensor[] sparse:
                proto.SparseTensors.AddRange(sparse.Select(t => SparseTensorWriter.Write(t, null)));
                break;
            case OnnxType type:
                proto.Tp = TypeWriter.Write(type, proto.Tp);
                break;
            case OnnxType[] types:
                TypeProto?[] before = [.. proto.TypeProtos];
                proto.TypeProtos.Clear();
                proto.TypeProtos.AddRange(types.Select((t, i) => TypeWriter.Write(t, before.ElementAtOrDefault(i))));
                break;
        }

        return proto;
    }

    internal static TensorProto WriteTensor(Tensor tensor, string? name)
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

    internal static ValueInfoProto Describe(Value value)
    {
        ValueInfoProto proto = (value.Residue as ValueInfoProto)?.Clone() ?? new ValueInfoProto();
        proto.Name = value.Name;
        if (value.DeclaredType is { } type)
        {
            proto.Type = TypeWriter.Write(type, proto.Type);
        }

        return proto;
    }
}
