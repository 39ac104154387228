using System.Buffers;
using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>
/// A file of weights in the address space: the system reads pages when they are looked at, and may drop them again. It stays mapped as
/// long as the process lives, since a span that somebody still holds would otherwise read what is gone; a worker works on one model.
/// </summary>
internal sealed unsafe class MappedFile
{
    private static readonly ConcurrentBag<MemoryMappedViewAccessor> Views = [];

    private readonly byte* _start;

    /// <param name="path">A file of at least one byte: nothing cannot be mapped.</param>
    public MappedFile(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = stream.Length;
        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + view.PointerOffset;
        Views.Add(view);
    }

    public long Length { get; }

    /// <summary>A part; the caller has checked that it lies within <see cref="Length"/>.</summary>
    public ReadOnlyMemory<byte> Slice(long offset, int count) => new Part(this, offset, count).Memory;

    private sealed class Part(MappedFile file, long offset, int count) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(file._start + offset, count);

        public override MemoryHandle Pin(int elementIndex = 0) => new(file._start + offset + elementIndex, default, this);

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
