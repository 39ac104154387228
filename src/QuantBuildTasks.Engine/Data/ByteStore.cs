using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Bytes that never change and may be more than an array can hold: a file in memory, or one that is read. Safe for several threads at once.</summary>
internal abstract class ByteStore : IDisposable
{
    public abstract long Length { get; }

    /// <summary>A part of the bytes; not to be asked for once the store is disposed.</summary>
    public abstract ReadOnlyMemory<byte> Slice(long offset, int count);

    /// <summary>All bytes, read-only and seekable.</summary>
    public abstract Stream OpenStream();

    public abstract void Dispose();

    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside.</exception>
    protected void CheckRange(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
    }
}

/// <summary>Bytes in managed memory.</summary>
internal sealed class MemoryStore(ReadOnlyMemory<byte> bytes) : ByteStore
{
    public override long Length => bytes.Length;

    public override ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        CheckRange(offset, count);
        return bytes.Slice((int)offset, count);
    }

    public override Stream OpenStream() =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);

    public override void Dispose()
    {
        // The garbage collector owns the bytes.
    }
}
