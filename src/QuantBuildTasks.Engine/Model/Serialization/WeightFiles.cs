using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Model.Serialization;

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

    /// <summary>The file in the address space.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile Open(string path)
    {
        if (!_files.TryGetValue(path, out MappedFile? file))
        {
            _files.Add(path, file = MappedFile.Open(path));
        }

        return file;
    }

    /// <summary>Moves the elements of a tensor out of managed memory into a file of their own.</summary>
    /// <returns>The same tensor; itself where its elements are in a file already, or are strings.</returns>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Bytes.IsEmpty || MappedFile.Find(tensor.Bytes) is not null)
        {
            return tensor;
        }

        string folder = workFolder?.Invoke() ?? throw new InvalidOperationException("There is no folder for new weights.");
        string path = Path.Combine(folder, $"weights-{_files.Count}.data");
        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
            stream.Write(tensor.Bytes.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.CannotWrite, $"Weights that are too large for memory cannot be written to '{folder}': {e.Message} Check free space and rights.", inner: e);
        }

        return Tensor.FromBytes(tensor.Type, tensor.Dims, Open(path).Slice(0, tensor.Bytes.Length), tensor.Residue);
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
}
