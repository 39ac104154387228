using System.Buffers.Binary;
using System.Text;

namespace QuantBuildTasks.Scoring;

/// <summary>Numbers, texts and bytes on a pipe, little-endian. docs/worker-protocol.md, «Scoring», says in which order.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>No model has so many inputs or dimensions, and no message so many bytes: a greater number is noise, and no reason to ask for memory.</summary>
    private const int Most = 1 << 20;

    private readonly byte[] _number = new byte[sizeof(long)];

    /// <summary>A number, or null where the other side has closed the pipe.</summary>
    public int? TryInt32()
    {
        int first = stream.ReadByte();
        if (first < 0)
        {
            return null;
        }

        _number[0] = (byte)first;
        stream.ReadExactly(_number, 1, sizeof(int) - 1);
        return BinaryPrimitives.ReadInt32LittleEndian(_number);
    }

    /// <exception cref="EndOfStreamException">The pipe ends within the number.</exception>
    public int Int32()
    {
        stream.ReadExactly(_number, 0, sizeof(int));
        return BinaryPrimitives.ReadInt32LittleEndian(_number);
    }

    public long Int64()
    {
        stream.ReadExactly(_number, 0, sizeof(long));
        return BinaryPrimitives.ReadInt64LittleEndian(_number);
    }

    /// <summary>How many of something follow.</summary>
    /// <exception cref="InvalidDataException">It is negative, or far too many.</exception>
    public int Count() => Counted(Int32());

    /// <exception cref="InvalidDataException">The length is none.</exception>
    public byte[] Bytes(long length)
    {
        if (length < 0 || length > Array.MaxLength)
        {
            throw new InvalidDataException("A length makes no sense.");
        }

        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <exception cref="InvalidDataException">The length is none.</exception>
    public string Text() => Encoding.UTF8.GetString(Bytes(Count()));

    /// <summary>Checks a count that was read already.</summary>
    /// <exception cref="InvalidDataException">It is negative, or far too many.</exception>
    public static int Counted(int count) => count is >= 0 and <= Most ? count : throw new InvalidDataException($"{count} is no number of things that follow.");
}

/// <summary>The other side of <see cref="FrameReader"/>.</summary>
internal sealed class FrameWriter(Stream stream)
{
    private readonly byte[] _number = new byte[sizeof(long)];

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_number, value);
        stream.Write(_number, 0, sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_number, value);
        stream.Write(_number, 0, sizeof(long));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    public void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Int32(bytes.Length);
        stream.Write(bytes);
    }

    public void Flush() => stream.Flush();
}
