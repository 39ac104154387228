using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="TypeProto"/> into <see cref="OnnxType"/>. Denotations stay in the residue.</summary>
internal static class TypeReader
{
    /// <summary>The type, or null where the message says none.</summary>
    public static OnnxType? Read(TypeProto? proto) => proto?.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => new TensorType((ElementType)proto.TensorType.ElemType, Read(proto.TensorType.Shape)),
        TypeProto.ValueOneofCase.SparseTensorType => new SparseTensorType((ElementType)proto.SparseTensorType.ElemType, Read(proto.SparseTensorType.Shape)),
        TypeProto.ValueOneofCase.SequenceType => new SequenceType(Read(proto.SequenceType.ElemType)),
        TypeProto.ValueOneofCase.OptionalType => new OptionalType(Read(proto.OptionalType.ElemType)),
        TypeProto.ValueOneofCase.MapType => new MapType((ElementType)proto.MapType.KeyType, Read(proto.MapType.ValueType)),
        TypeProto.ValueOneofCase.OpaqueType => new OpaqueType(proto.OpaqueType.Domain, proto.OpaqueType.Name),
        _ => null,
    };

    /// <summary>The shape, or null where there is none.</summary>
    public static Shape? Read(TensorShapeProto? proto) => proto is null ? null : new Shape([.. proto.Dim.Select(Read)]);

    /// <summary>A size below zero is how some exporters write one that they do not know.</summary>
    private static Dimension Read(TensorShapeProto.Types.Dimension proto) => proto.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when proto.DimValue >= 0 => new Dimension(proto.DimValue),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => new Dimension(null, proto.DimParam),
        _ => default,
    };
}
