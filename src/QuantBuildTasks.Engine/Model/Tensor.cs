using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Model;

/// <summary>
/// An immutable tensor: element type, sizes, and the elements as little-endian bytes in C order
/// (the layout of <c>TensorProto.raw_data</c>), or strings.
/// </summary>
internal sealed class Tensor
{
    private Tensor(ElementType type, long[] dims, ReadOnlyMemory<byte> bytes, IReadOnlyList<string>? strings)
    {
        Type = type;
        Dims = dims;
        Bytes = bytes;
        Strings = strings;
    }

    public ElementType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Dims { get; }

    /// <summary>The elements; empty for strings.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public IReadOnlyList<string>? Strings { get; }

    /// <summary>Number of elements.</summary>
    public long Length => CountOf(Dims);

    public int Rank => Dims.Count;

    /// <summary>What the reader did not interpret (documentation, metadata, unknown fields); only the serializer looks inside.</summary>
    public object? Residue { get; init; }

    /// <summary>Wraps raw bytes.</summary>
    /// <exception cref="ArgumentException">The byte count does not fit the sizes.</exception>
    public static Tensor FromBytes(ElementType type, IEnumerable<long> dims, ReadOnlyMemory<byte> bytes, object? residue = null)
    {
        long[] sizes = [.. dims];
        long expected = type.ByteCount(CountOf(sizes));
        if (bytes.Length != expected)
        {
            throw new ArgumentException($"{bytes.Length} bytes of data for [{string.Join(", ", sizes)}] of {type}, which needs {expected}.", nameof(bytes));
        }

        return new Tensor(type, sizes, bytes, null) { Residue = residue };
    }

    public static Tensor Of<T>(ReadOnlySpan<T> values, params long[] dims)
        where T : unmanaged
    {
        return FromBytes(TypeOf<T>(), dims, MemoryMarshal.AsBytes(values).ToArray());
    }

    public static Tensor Of<T>(T[] values, params long[] dims)
        where T : unmanaged => Of((ReadOnlySpan<T>)values, dims);

    public static Tensor Scalar<T>(T value)
        where T : unmanaged => Of([value], []);

    /// <summary>A vector of all given values.</summary>
    public static Tensor Vector<T>(params T[] values)
        where T : unmanaged => Of(values, values.Length);

    public static Tensor OfStrings(IReadOnlyList<string> values, IEnumerable<long> dims, object? residue = null) =>
        new(ElementType.String, [.. dims], default, values) { Residue = residue };

    /// <summary>The elements as <typeparamref name="T"/>, without a copy.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds another type.</exception>
    public ReadOnlySpan<T> Span<T>()
        where T : unmanaged
    {
        if (TypeOf<T>() != Type)
        {
            throw new InvalidOperationException($"The tensor holds {Type}, not {TypeOf<T>()}.");
        }

        return MemoryMarshal.Cast<byte, T>(Bytes.Span);
    }

    /// <summary>The same bytes under other sizes.</summary>
    public Tensor Reshape(params long[] dims) => FromBytes(Type, dims, Bytes);

    public override string ToString() => $"{Type}[{string.Join(", ", Dims)}]";

    internal static long CountOf(IReadOnlyList<long> dims)
    {
        long count = 1;
        foreach (long dim in dims)
        {
            count = checked(count * dim);
        }

        return count;
    }

    private static ElementType TypeOf<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) { return ElementType.Float32; }
        if (typeof(T) == typeof(double)) { return ElementType.Float64; }
        if (typeof(T) == typeof(Half)) { return ElementType.Float16; }
        if (typeof(T) == typeof(sbyte)) { return ElementType.Int8; }
        if (typeof(T) == typeof(byte)) { return ElementType.UInt8; }
        if (typeof(T) == typeof(short)) { return ElementType.Int16; }
        if (typeof(T) == typeof(ushort)) { return ElementType.UInt16; }
        if (typeof(T) == typeof(int)) { return ElementType.Int32; }
        if (typeof(T) == typeof(uint)) { return ElementType.UInt32; }
        if (typeof(T) == typeof(long)) { return ElementType.Int64; }
        if (typeof(T) == typeof(ulong)) { return ElementType.UInt64; }
        if (typeof(T) == typeof(bool)) { return ElementType.Bool; }
        throw new NotSupportedException($"No ONNX element type for {typeof(T).Name}.");
    }
}
