using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Validation.Outputs;

/// <summary>An output as float32, whatever its element type; the memory is used again for the next batch.</summary>
internal sealed class OutputBuffer
{
    private float[] _values = [];

    public int Length { get; private set; }

    public ReadOnlySpan<float> Values => _values.AsSpan(0, Length);

    /// <summary>Sizes, outermost first.</summary>
    public long[] Dims { get; private set; } = [];

    /// <summary>Size of the first dimension; 1 for a scalar.</summary>
    public long Rows => Dims.Length > 0 ? Dims[0] : 1;

    /// <summary>Whether numbers of this type can be compared.</summary>
    public static bool CanHold(ElementType type) => type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64
        or ElementType.Int8 or ElementType.UInt8 or ElementType.Int16 or ElementType.UInt16 or ElementType.Int32 or ElementType.Int64 or ElementType.Bool;

    /// <summary>Copies an output. Integers beyond 2²⁴ and float64 are rounded.</summary>
    public void Fill(ElementType type, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes)
    {
        Dims = dims.ToArray();
        Length = bytes.Length / (type.BitWidth() / 8);
        if (_values.Length < Length)
        {
            _values = new float[Length];
        }

        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(_values);
                break;
            case ElementType.Float16:
                Convert<Half>(bytes, v => (float)v);
                break;
            case ElementType.Float64:
                Convert<double>(bytes, v => (float)v);
                break;
            case ElementType.Int8:
                Convert<sbyte>(bytes, v => v);
                break;
            case ElementType.UInt8 or ElementType.Bool:
                Convert<byte>(bytes, v => v);
                break;
            case ElementType.Int16:
                Convert<short>(bytes, v => v);
                break;
            case ElementType.UInt16:
                Convert<ushort>(bytes, v => v);
                break;
            case ElementType.Int32:
                Convert<int>(bytes, v => v);
                break;
            case ElementType.Int64:
                Convert<long>(bytes, v => v);
                break;
            default:
                throw new NotSupportedException($"{type} cannot be compared.");
        }
    }

    private void Convert<T>(ReadOnlySpan<byte> bytes, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < source.Length; i++)
        {
            _values[i] = convert(source[i]);
        }
    }
}
