using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="TensorProto"/> into <see cref="Tensor"/>: whatever field holds the elements, they become little-endian bytes.</summary>
internal static class TensorReader
{
    /// <exception cref="FormatException">Sizes and data do not fit.</exception>
    /// <exception cref="NotSupportedException">The data lies outside the file.</exception>
    public static Tensor Read(TensorProto proto, ITensorFiles? files = null)
    {
        var type = (ElementType)proto.DataType;
        long[] dims = [.. proto.Dims];
        if (Array.Exists(dims, d => d < 0))
        {
            throw new FormatException($"tensor '{proto.Name}' has a negative size: [{string.Join(", ", dims)}].");
        }

        if (proto.DataLocation == TensorProto.Types.DataLocation.External && files is null)
        {
            throw new NotSupportedException($"The weights of '{proto.Name}' lie in an external file, and the model was not read from a folder. Save the model as one file.");
        }

        if (type == ElementType.String)
        {
            string[] strings = [.. proto.StringData.Select(s => s.ToStringUtf8())];
            return strings.Length == Tensor.CountOf(dims)
                ? Tensor.OfStrings(strings, dims, Residue(proto))
                : throw new FormatException($"tensor '{proto.Name}' has {strings.Length} strings for [{string.Join(", ", dims)}].");
        }

        if (type.BitWidth() == 0 && type != ElementType.Undefined)
        {
            throw new NotSupportedException($"The tensor '{proto.Name}' has element type {proto.DataType}, which this version does not know.");
        }

        ReadOnlyMemory<byte> bytes = proto.DataLocation == TensorProto.Types.DataLocation.External ? files!.Read(proto, type.ByteCount(Tensor.CountOf(dims)))
            : proto.RawData.Length > 0 ? proto.RawData.Memory : FromTypedFields(proto, type);
        try
        {
            return Tensor.FromBytes(type, dims, bytes, Residue(proto));
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"tensor '{proto.Name}' has {e.Message}", e);
        }
    }

    /// <summary>Strings stay in the residue as bytes: they need not be UTF-8.</summary>
    private static TensorProto Residue(TensorProto proto)
    {
        proto.Dims.Clear();
        proto.ClearDataType();
        proto.ClearRawData();
        proto.ClearDataLocation();
        proto.ExternalData.Clear();
        proto.FloatData.Clear();
        proto.DoubleData.Clear();
        proto.Int32Data.Clear();
        proto.Int64Data.Clear();
        proto.Uint64Data.Clear();
        return proto;
    }

    /// <summary>Narrow types stand one per entry of <c>int32_data</c> (IR specification, TensorProto); packed sub-byte types one byte per entry.</summary>
    private static byte[] FromTypedFields(TensorProto proto, ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Complex64 => MemoryMarshal.AsBytes(proto.FloatData.ToArray().AsSpan()).ToArray(),
        ElementType.Float64 or ElementType.Complex128 => MemoryMarshal.AsBytes(proto.DoubleData.ToArray().AsSpan()).ToArray(),
        ElementType.Int64 => MemoryMarshal.AsBytes(proto.Int64Data.ToArray().AsSpan()).ToArray(),
        ElementType.UInt64 => MemoryMarshal.AsBytes(proto.Uint64Data.ToArray().AsSpan()).ToArray(),
        ElementType.UInt32 => MemoryMarshal.AsBytes(proto.Uint64Data.Select(v => (uint)v).ToArray().AsSpan()).ToArray(),
        ElementType.Int32 => MemoryMarshal.AsBytes(proto.Int32Data.ToArray().AsSpan()).ToArray(),
        _ when type.BitWidth() == 16 => MemoryMarshal.AsBytes(proto.Int32Data.Select(v => (ushort)v).ToArray().AsSpan()).ToArray(),
        _ => [.. proto.Int32Data.Select(v => (byte)v)],
    };
}
