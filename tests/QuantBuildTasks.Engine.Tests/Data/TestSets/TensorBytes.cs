using System.Buffers.Binary;
using System.Text;

namespace QuantBuildTasks.Engine.Tests.Data.TestSets;

/// <summary>Writes TensorProto files field by field (onnx.proto; protobuf's encoding), on its own so that the reader has something to agree with.</summary>
internal static class TensorBytes
{
    private const int Dims = 1;
    private const int DataType = 2;
    private const int FloatData = 4;
    private const int Name = 8;
    private const int RawData = 9;
    private const int DataLocation = 14;

    public static byte[] Float(string? name, long[] dims, params float[] values) => [.. Head(name, 1, dims), .. Field(RawData, Little(values))];

    /// <summary>With the elements in <c>float_data</c>, as older exporters write them.</summary>
    public static byte[] FloatInTypedField(string? name, long[] dims, params float[] values) => [.. Head(name, 1, dims), .. Field(FloatData, Little(values))];

    public static byte[] External(string name) => [.. Head(name, 1, [1]), .. Number(DataLocation, 1)];

    public static byte[] OfType(int type) => [.. Head("x", type, [1, 1]), .. Field(RawData, [0])];

    private static byte[] Head(string? name, int type, long[] dims) =>
    [
        .. dims.SelectMany(d => Number(Dims, d)),
        .. Number(DataType, type),
        .. name is null ? [] : Field(Name, Encoding.UTF8.GetBytes(name)),
    ];

    private static byte[] Number(int field, long value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Field(int field, byte[] content) => [.. Varint((field << 3) | 2), .. Varint(content.Length), .. content];

    private static IEnumerable<byte> Varint(long value)
    {
        for (; value > 127; value >>= 7)
        {
            yield return (byte)((value & 127) | 128);
        }

        yield return (byte)value;
    }

    private static byte[] Little(float[] values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return bytes;
    }
}
