using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Model.Serialization.Reading;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>Turns <see cref="OnnxType"/> back into <see cref="TypeProto"/>, in a message that may hold denotations of it already: they stay where the kind and the rank do.</summary>
internal static class TypeWriter
{
    /// <summary>Writes a type into <paramref name="proto"/>, or into a new message where that is null.</summary>
    public static TypeProto Write(OnnxType type, TypeProto? proto)
    {
        proto ??= new TypeProto();
        switch (type)
        {
            case TensorType tensor:
                proto.TensorType ??= new TypeProto.Types.Tensor();
                proto.TensorType.ElemType = (int)tensor.Element;
                proto.TensorType.Shape = Write(tensor.Shape, proto.TensorType.Shape);
                break;
            case SparseTensorType sparse:
                proto.SparseTensorType ??= new TypeProto.Types.SparseTensor();
                proto.SparseTensorType.ElemType = (int)sparse.Element;
                proto.SparseTensorType.Shape = Write(sparse.Shape, proto.SparseTensorType.Shape);
                break;
            case SequenceType sequence:
                proto.SequenceType ??= new TypeProto.Types.Sequence();
                proto.SequenceType.ElemType = WriteElement(sequence.Element, proto.SequenceType.ElemType);
                break;
            case OptionalType optional:
                proto.OptionalType ??= new TypeProto.Types.Optional();
                proto.OptionalType.ElemType = WriteElement(optional.Element, proto.OptionalType.ElemType);
                break;
            case MapType map:
                proto.MapType ??= new TypeProto.Types.Map();
                proto.MapType.KeyType = (int)map.Key;
                proto.MapType.ValueType = WriteElement(map.Value, proto.MapType.ValueType);
                break;
            case OpaqueType opaque when TypeReader.Read(proto) != opaque:
                proto.OpaqueType = new TypeProto.Types.Opaque { Domain = opaque.Domain, Name = opaque.Name };
                break;
        }

        return proto;
    }

    /// <summary>An unknown type inside stays as the message has it, which may hold no more than a denotation.</summary>
    private static TypeProto? WriteElement(OnnxType? type, TypeProto? proto) => type is null ? proto : Write(type, proto);

    private static TensorShapeProto? Write(Shape? shape, TensorShapeProto? proto)
    {
        if (shape is null)
        {
            return null;
        }

        proto ??= new TensorShapeProto();
        while (proto.Dim.Count > shape.Rank)
        {
            proto.Dim.RemoveAt(proto.Dim.Count - 1);
        }

        while (proto.Dim.Count < shape.Rank)
        {
            proto.Dim.Add(new TensorShapeProto.Types.Dimension());
        }

        for (int i = 0; i < shape.Rank; i++)
        {
            Write(shape[i], proto.Dim[i]);
        }

        return proto;
    }

    private static void Write(Dimension dimension, TensorShapeProto.Types.Dimension proto)
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
