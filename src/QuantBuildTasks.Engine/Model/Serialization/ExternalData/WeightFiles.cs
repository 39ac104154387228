using System.IO.MemoryMappedFiles;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>
/// The files in which the weights of a job's models lie, each mapped once. What was read from them, and every copy of it that shares their memory, lives
/// until this is disposed.
/// </summary>
/// <param name="workFolder">Gives an existing folder for weights that are made and too large for memory, whose files are the owner's to delete; null where none are made.</param>
internal sealed class WeightFiles(Func<string>? workFolder = null) : IDisposable
{
    /// <summary>Smaller ones cost less in memory than the files that they would need.</summary>
    private const int LargeBytes = 64 << 10;

    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    /// <summary>The file in the address space, found by whatever links.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile Open(string path)
    {
        path = RealPath.Of(path);
        if (!_files.TryGetValue(path, out MappedFile? file))
        {
            _files.Add(path, file = MappedFile.Open(path));
        }

        return file;
    }

    /// <summary>A file that is open already, by its path without links.</summary>
    /// <exception cref="KeyNotFoundException">It is not.</exception>
    public MappedFile Find(string path) => _files[path];

    /// <summary>Moves the elements of a tensor out of managed memory into a file of their own.</summary>
    /// <returns>The same tensor; itself where its elements are in a file already, or are strings.</returns>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public Tensor Keep(Tensor tensor) => tensor.Bytes.IsEmpty || MappedFile.Find(tensor.Bytes) is not null
        ? tensor
        : Tensor.FromBytes(tensor.Type, tensor.Dims, Write(tensor.Bytes.Length, bytes => tensor.Bytes.Span.CopyTo(bytes)), tensor.Residue);

    /// <summary>Makes a tensor; where it is large its elements are written into a file at once, and are never in managed memory.</summary>
    /// <param name="type">Its element type.</param>
    /// <param name="dims">Its sizes.</param>
    /// <param name="fill">Writes all elements, which are 0 before.</param>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public Tensor Make(ElementType type, IReadOnlyList<long> dims, FillBytes fill)
    {
        int length = checked((int)type.ByteCount(Tensor.CountOf(dims)));
        if (length >= LargeBytes)
        {
            return Tensor.FromBytes(type, dims, Write(length, fill));
        }

        byte[] bytes = new byte[length];
        fill(bytes);
        return Tensor.FromBytes(type, dims, bytes);
    }

    /// <summary>Moves the elements of a large tensor out of managed memory.</summary>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public Tensor KeepIfLarge(Tensor tensor) => tensor.Bytes.Length >= LargeBytes ? Keep(tensor) : tensor;

    public void Dispose()
    {
        foreach (MappedFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    private unsafe ReadOnlyMemory<byte> Write(int length, FillBytes fill)
    {
        Func<string> folder = workFolder ?? throw new InvalidOperationException("There is no folder for new weights.");
        try
        {
            string path = Path.Combine(folder(), $"weights-{_files.Count}.data");
            using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1))
            {
                // A full disk shows here: a page that finds no place when it is touched would end the process.
                Reserve(stream, length);
                using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
                using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.ReadWrite);
                byte* start = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                try
                {
                    fill(new Span<byte>(start + view.PointerOffset, length));
                }
                finally
                {
                    view.SafeMemoryMappedViewHandle.ReleasePointer();
                }
            }

            return Open(path).Slice(0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.CannotWrite, $"Weights that are too large for memory cannot be written: {e.Message} Check free space and rights.", inner: e);
        }
    }

    private static void Reserve(FileStream stream, long length)
    {
        byte[] zeros = new byte[LargeBytes];
        for (long left = length; left > 0; left -= zeros.Length)
        {
            stream.Write(zeros.AsSpan(0, (int)Math.Min(left, zeros.Length)));
        }
    }
}

/// <summary>Writes all elements of a tensor.</summary>
internal delegate void FillBytes(Span<byte> bytes);
