using Microsoft.Win32.SafeHandles;

namespace QuantBuildTasks.Engine.Data;

/// <summary>The bytes of an open file, read where they are asked for. Not mapped: pages that were looked at once would count as this process's memory as long as the machine has room for them.</summary>
/// <param name="file">Disposed with the store.</param>
internal sealed class FileStore(FileStream file) : ByteStore
{
    private readonly long _length = file.Length;
    private readonly SafeFileHandle _handle = file.SafeFileHandle;

    public override long Length => _length;

    public override ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        CheckRange(offset, count);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
        Read(bytes, offset);
        return bytes;
    }

    public override Stream OpenStream()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return new BufferedStream(new View(this), 1 << 16);
    }

    public override void Dispose() => file.Dispose();

    private int Read(Span<byte> bytes, long offset)
    {
        int done = 0;
        while (done < bytes.Length && offset + done < _length)
        {
            int read = RandomAccess.Read(_handle, bytes[done..], offset + done);
            if (read == 0)
            {
                throw new EndOfStreamException($"'{file.Name}' became shorter while it was read.");
            }

            done += read;
        }

        return done;
    }

    /// <summary>A place in the file of its own.</summary>
    private sealed class View(FileStore store) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => store.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = store.Read(buffer, Position);
            Position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => Length + offset,
        };

        public override void Flush()
        {
            // Nothing is written.
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
