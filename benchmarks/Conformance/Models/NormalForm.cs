using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using static QuantBuildTasks.Engine.Model.Serialization.Onnx.AttributeProto.Types;

namespace QuantBuildTasks.Conformance.Models;

/// <summary>
/// A file without the differences that mean nothing: data in typed fields or as raw bytes, <c>ai.onnx</c> or the empty domain, empty fields or none,
/// optional inputs left out at the end, the order of operator sets and of value_info, types of attributes that follow from their field.
/// </summary>
internal static class NormalForm
{
    public static ModelProto Of(ModelProto model)
    {
        Normalize(model.OpsetImport);
        model.IrVersion += 0;
        (model.ProducerName, model.ProducerVersion) = (model.ProducerName, model.ProducerVersion);
        Normalize(model.Graph);
        foreach (FunctionProto function in model.Functions)
        {
            function.Name += "";
            Normalize(function.OpsetImport);
            Normalize(function.Node);
            Normalize(function.ValueInfo);
        }

        return model;
    }

    private static void Normalize(RepeatedField<OperatorSetIdProto> imports)
    {
        OperatorSetIdProto[] opsets = [.. imports.Select(o => new OperatorSetIdProto { Domain = o.Domain == "ai.onnx" ? "" : o.Domain, Version = o.Version })];
        imports.Clear();
        imports.AddRange(opsets.OrderBy(o => o.Domain, StringComparer.Ordinal));
    }

    private static void Normalize(GraphProto graph)
    {
        graph.Name += "";
        foreach (TensorProto tensor in graph.Initializer)
        {
            tensor.Name += "";
            Normalize(tensor);
        }

        foreach (SparseTensorProto sparse in graph.SparseInitializer)
        {
            Normalize(sparse);
        }

        Normalize(graph.Node);
        Normalize(graph.ValueInfo);
    }

    private static void Normalize(RepeatedField<ValueInfoProto> values)
    {
        ValueInfoProto[] infos = [.. values.OrderBy(v => v.Name, StringComparer.Ordinal)];
        values.Clear();
        values.AddRange(infos);
    }

    private static void Normalize(SparseTensorProto sparse)
    {
        Normalize(sparse.Values);
        Normalize(sparse.Indices);
    }

    private static void Normalize(RepeatedField<NodeProto> nodes)
    {
        foreach (NodeProto node in nodes)
        {
            node.Name += "";
            node.Domain = node.Domain == "ai.onnx" ? "" : node.Domain;
            Trim(node.Input);
            foreach (AttributeProto attribute in node.Attribute)
            {
                Normalize(attribute);
            }
        }
    }

    private static void Normalize(AttributeProto attribute)
    {
        attribute.Type = attribute switch
        {
            { HasType: true } => attribute.Type,
            { HasF: true } => AttributeType.Float,
            { HasI: true } => AttributeType.Int,
            { HasS: true } => AttributeType.String,
            { T: not null } => AttributeType.Tensor,
            { G: not null } => AttributeType.Graph,
            { Floats.Count: > 0 } => AttributeType.Floats,
            { Ints.Count: > 0 } => AttributeType.Ints,
            { Strings.Count: > 0 } => AttributeType.Strings,
            _ => AttributeType.Undefined,
        };
        foreach (TensorProto tensor in attribute.T is null ? attribute.Tensors : attribute.Tensors.Append(attribute.T))
        {
            Normalize(tensor);
        }

        foreach (SparseTensorProto sparse in attribute.SparseTensor is null ? attribute.SparseTensors : attribute.SparseTensors.Append(attribute.SparseTensor))
        {
            Normalize(sparse);
        }

        foreach (GraphProto graph in attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G))
        {
            Normalize(graph);
        }
    }

    private static void Normalize(TensorProto tensor)
    {
        if (tensor.DataType == (int)TensorTypes.String || tensor.RawData.Length > 0)
        {
            return;
        }

        byte[] bytes =
        [
            .. MemoryMarshal.AsBytes(tensor.FloatData.ToArray().AsSpan()),
            .. MemoryMarshal.AsBytes(tensor.DoubleData.ToArray().AsSpan()),
            .. MemoryMarshal.AsBytes(tensor.Int64Data.ToArray().AsSpan()),
            .. tensor.Uint64Data.SelectMany(v => BitConverter.GetBytes(v)[..((TensorTypes)tensor.DataType == TensorTypes.UInt32 ? 4 : 8)]),
            .. tensor.Int32Data.SelectMany(v => BitConverter.GetBytes(v)[..WidthInInt32((TensorTypes)tensor.DataType)]),
        ];
        tensor.FloatData.Clear();
        tensor.DoubleData.Clear();
        tensor.Int64Data.Clear();
        tensor.Uint64Data.Clear();
        tensor.Int32Data.Clear();
        tensor.RawData = ByteString.CopyFrom(bytes);
    }

    private static int WidthInInt32(TensorTypes type) => type switch
    {
        TensorTypes.Int32 => 4,
        TensorTypes.UInt16 or TensorTypes.Int16 or TensorTypes.Float16 or TensorTypes.BFloat16 => 2,
        _ => 1,
    };

    private static void Trim(RepeatedField<string> names)
    {
        while (names.Count > 0 && names[^1].Length == 0)
        {
            names.RemoveAt(names.Count - 1);
        }
    }

    /// <summary>Numbers of TensorProto.DataType, written here once more so that the oracle shares no table with the code.</summary>
    private enum TensorTypes
    {
        UInt16 = 4,
        Int16 = 5,
        Int32 = 6,
        String = 8,
        Float16 = 10,
        UInt32 = 12,
        BFloat16 = 16,
    }
}
