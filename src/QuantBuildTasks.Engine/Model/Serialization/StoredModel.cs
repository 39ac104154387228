using QuantBuildTasks.Engine.Model.Serialization.ExternalData;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>
/// An ONNX file as whoever runs it takes it: the file's bytes, and where the weights lie that they name, if not within. Models of more than
/// <see cref="LargestWhole"/> leave their weights in files, since each copy in memory would count.
/// </summary>
/// <param name="Graph">The bytes of the file. They must not change.</param>
internal sealed record StoredModel(byte[] Graph)
{
    /// <summary>A float model of more bytes than this, with its weights, is never held in memory as a whole.</summary>
    public const long LargestWhole = 1 << 30;

    /// <summary>No file is larger: protobuf counts its bytes with 31 bits, and so do arrays.</summary>
    public const long LargestFile = int.MaxValue - (1 << 20);

    /// <summary>The folder from which the file names its weights; null: it names none, and <see cref="Graph"/> is all.</summary>
    public string? Folder { get; init; }

    /// <summary>What maps the files in <see cref="Folder"/>, and must outlive this; null where there are none.</summary>
    public WeightFiles? Weights { get; init; }

    /// <summary>Bytes of the tensors that lie in <see cref="Folder"/>.</summary>
    public long BytesOutside { get; init; }

    /// <summary>Bytes of the file and of what it names outside.</summary>
    public long Size => Graph.Length + BytesOutside;

    /// <summary>Whether <see cref="Graph"/> is all there is.</summary>
    public bool IsWhole => Folder is null;

    public static implicit operator StoredModel(byte[] file) => new(file);

    /// <summary>Whether both are the same file; those that have weights outside are the same only where they are one.</summary>
    public bool IsSameAs(StoredModel other) =>
        ReferenceEquals(this, other) || (IsWhole && other.IsWhole && Graph.AsSpan().SequenceEqual(other.Graph));

    /// <summary>Writes one file that holds all.</summary>
    /// <exception cref="InvalidOperationException">It would be larger than <see cref="LargestFile"/>.</exception>
    public void WriteTo(Stream stream)
    {
        if (IsWhole)
        {
            stream.Write(Graph);
        }
        else
        {
            ModelWriter.WriteTo(ModelReader.Read(this), stream);
        }
    }

    /// <summary>Writes two files: the weights, and what is left, which is small.</summary>
    /// <param name="dataName">What the file of the weights will be called, in the folder of the other.</param>
    /// <param name="data">Takes the weights.</param>
    /// <returns>The other file.</returns>
    public byte[] WriteParts(string dataName, Stream data) => ModelWriter.WriteParts(ModelReader.Read(this), dataName, data);
}
