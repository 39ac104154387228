using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>An array that is looked at piece by piece: its elements lie in C order in a <see cref="ByteStore"/>, and may be more than 2 GiB.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Dims">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Store">Where the elements lie.</param>
/// <param name="Offset">Where they start in it.</param>
internal sealed record StoredArray(ElementType Type, IReadOnlyList<long> Dims, ByteStore Store, long Offset)
{
    /// <summary>Bytes that one look takes in where an array is walked over from end to end; a multiple of every element's size.</summary>
    private const int BlockSize = 1 << 20;

    public int Rank => Dims.Count;

    /// <summary>Number of elements.</summary>
    public long Length => Tensor.CountOf(Dims);

    public long ByteLength => Type.ByteCount(Length);

    public static StoredArray Of(Tensor tensor) => new(tensor.Type, tensor.Dims, new MemoryStore(tensor.Bytes), 0);

    /// <summary>Some of the bytes, counted from the first element, in memory on multiples of an element's size, as ONNX Runtime needs them.</summary>
    public ReadOnlyMemory<byte> Read(long offset, int count)
    {
        ReadOnlyMemory<byte> bytes = Store.Slice(Offset + offset, count);
        return Store is FileStore || (Offset + offset) % (Type.BitWidth() / 8) == 0 ? bytes : bytes.ToArray();
    }

    /// <summary>The whole array in blocks of whole elements, one in memory at a time; only for reading here, which needs no elements on multiples of their size.</summary>
    public IEnumerable<Tensor> Blocks()
    {
        int itemSize = Type.BitWidth() / 8;
        long length = ByteLength;
        for (long at = 0; at < length; at += BlockSize)
        {
            int count = (int)Math.Min(BlockSize, length - at);
            yield return Tensor.FromBytes(Type, [count / itemSize], Store.Slice(Offset + at, count));
        }
    }

    /// <summary>The whole array.</summary>
    /// <exception cref="OverflowException">It is larger than 2 GiB.</exception>
    public Tensor ToTensor() => Tensor.FromBytes(Type, Dims, Read(0, checked((int)ByteLength)));

    public override string ToString() => $"{Type}[{string.Join(", ", Dims)}]";
}
