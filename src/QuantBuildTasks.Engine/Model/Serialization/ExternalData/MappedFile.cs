using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>
/// A file mapped into the address space: the system reads the pages that are looked at and drops them again under pressure, so that the memory
/// of a run does not grow with the file. Until it is disposed nobody can write to the file; that somebody cuts it off meanwhile elsewhere
/// ends the process, as it does for every program that maps files.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    /// <summary>Maps all of <paramref name="stream"/>, which it closes when it is disposed.</summary>
    /// <param name="stream">At least one byte long: nothing cannot be mapped.</param>
    public MappedFile(FileStream stream)
    {
        (Path, Length) = (stream.Name, stream.Length);
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    /// <summary>Where the file lies, if it still has a name.</summary>
    public string Path { get; }

    public long Length { get; }

    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile Open(string path) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1));

    /// <summary>The file that some bytes lie in, and where in it they start; null for bytes in managed memory.</summary>
    public static (MappedFile File, long Offset)? Find(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetMemoryManager(bytes, out Part? part, out int start, out _) ? (part.File, part.Offset + start) : null;

    /// <summary>A part of the bytes, without a copy. After the file is disposed it cannot be looked at; a span taken before must not be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside.</exception>
    public ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return new Part(this, offset, count).Memory;
    }

    /// <summary>All bytes, read-only and seekable.</summary>
    public Stream OpenStream()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new UnmanagedMemoryStream(_start, Length, Length, FileAccess.Read);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    /// <summary>Keeps the file alive as long as the memory is known to anybody.</summary>
    private sealed class Part(MappedFile file, long offset, int count) : MemoryManager<byte>
    {
        public MappedFile File => file;

        public long Offset => offset;

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(file._disposed, file);
            return new Span<byte>(file._start + offset, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ObjectDisposedException.ThrowIf(file._disposed, file);
            return new MemoryHandle(file._start + offset + elementIndex, default, this);
        }

        public override void Unpin()
        {
            // Mapped pages do not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The file owns the pages.
        }
    }
}
