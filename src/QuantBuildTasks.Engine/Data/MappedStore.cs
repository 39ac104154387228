using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// A file mapped into the address space: the system reads the pages that are looked at and drops them again under pressure, so that the memory
/// of a run does not grow with the file. Until it is disposed nobody can write to the file (on Windows: nor delete it); that somebody
/// cuts it off meanwhile elsewhere ends the process, as it does for every program that maps files.
/// </summary>
internal sealed unsafe class MappedStore : ByteStore
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    /// <summary>Maps all of <paramref name="stream"/>, which it closes when it is disposed.</summary>
    /// <param name="stream">At least one byte long: nothing cannot be mapped.</param>
    public MappedStore(FileStream stream)
    {
        Length = stream.Length;
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    public override long Length { get; }

    public override ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        CheckRange(offset, count);
        return new Part(this, offset, count).Memory;
    }

    public override Stream OpenStream()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new UnmanagedMemoryStream(_start, Length, Length, FileAccess.Read);
    }

    public override void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    /// <summary>Keeps the store alive as long as the memory is known to anybody.</summary>
    private sealed class Part(MappedStore store, long offset, int count) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(store._disposed, store);
            return new Span<byte>(store._start + offset, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ObjectDisposedException.ThrowIf(store._disposed, store);
            return new MemoryHandle(store._start + offset + elementIndex, default, this);
        }

        public override void Unpin()
        {
            // Mapped pages do not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The store owns the pages.
        }
    }
}
