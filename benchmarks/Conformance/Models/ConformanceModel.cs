using Google.Protobuf;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Model.Serialization.Reading;

namespace QuantBuildTasks.Conformance.Models;

/// <summary>
/// One of ONNX's conformance models as Debian's package libonnx-testdata ships them: a folder with <c>model.onnx</c> and <c>test_data_set_0</c>, in which each
/// input and output is a protobuf message of its own (TensorProto, SequenceProto or OptionalProto of onnx-data.proto).
/// </summary>
/// <param name="Name">The folder, relative to that of all models, with slashes.</param>
/// <param name="Folder">Where it is.</param>
internal sealed record ConformanceModel(string Name, string Folder)
{
    /// <summary>Where the package puts them.</summary>
    public const string PackageRoot = "/usr/share/libonnx-testdata/data";

    private const string FileName = "model.onnx";
    private const string DataSet = "test_data_set_0";

    /// <summary>Field numbers of SequenceProto and OptionalProto that hold what we read.</summary>
    private const int SequenceTensors = 3, OptionalTensor = 3, OptionalSequence = 5;

    /// <summary>All below a folder, in the order of their names.</summary>
    public static IReadOnlyList<ConformanceModel> All(string root) =>
    [
        .. Directory.EnumerateFiles(root, FileName, SearchOption.AllDirectories)
            .Select(f => Named(root, Path.GetRelativePath(root, Path.GetDirectoryName(f)!).Replace('\\', '/')))
            .OrderBy(m => m.Name, StringComparer.Ordinal),
    ];

    public static ConformanceModel Named(string root, string name) => new(name, Path.Combine(root, name));

    public byte[] Bytes() => File.ReadAllBytes(ModelPath);

    /// <summary>The model file.</summary>
    public string ModelPath => Path.Combine(Folder, FileName);

    /// <summary>The file with one of the inputs, by its number.</summary>
    public string InputPath(int number) => Path.Combine(Folder, DataSet, $"input_{number}.pb");

    /// <summary>The inputs: each a <see cref="Tensor"/>, or an array of them for a sequence, or null for an optional that holds nothing.</summary>
    public object?[] Inputs(IReadOnlyList<ValueKind> kinds) => Values("input", kinds);

    public object?[] Outputs(IReadOnlyList<ValueKind> kinds) => Values("output", kinds);

    /// <summary>Writes another form of the model into an empty folder, with the inputs that it still has and all outputs.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="bytes">The model file.</param>
    /// <param name="inputs">For each input its number here.</param>
    public ConformanceModel CopyTo(string folder, byte[] bytes, IReadOnlyList<int> inputs)
    {
        var copy = new ConformanceModel(Name, folder);
        File.WriteAllBytes(copy.ModelPath, bytes);
        Directory.CreateDirectory(Path.Combine(folder, DataSet));
        for (int i = 0; i < inputs.Count; i++)
        {
            if (File.Exists(InputPath(inputs[i])))
            {
                File.Copy(InputPath(inputs[i]), copy.InputPath(i));
            }
        }

        foreach (string output in Directory.EnumerateFiles(Path.Combine(Folder, DataSet), "output_*.pb"))
        {
            File.Copy(output, Path.Combine(folder, DataSet, Path.GetFileName(output)));
        }

        return copy;
    }

    private object?[] Values(string which, IReadOnlyList<ValueKind> kinds) =>
        [.. kinds.Select((kind, i) => Read(File.ReadAllBytes(Path.Combine(Folder, DataSet, $"{which}_{i}.pb")), kind))];

    private static object? Read(byte[] bytes, ValueKind kind) => kind switch
    {
        ValueKind.Tensor => TensorReader.Read(TensorProto.Parser.ParseFrom(bytes)),
        ValueKind.Sequence => Fields(bytes, SequenceTensors).Select(b => TensorReader.Read(TensorProto.Parser.ParseFrom(b))).ToArray(),
        _ when Fields(bytes, OptionalTensor) is [var tensor] => Read(tensor, ValueKind.Tensor),
        _ when Fields(bytes, OptionalSequence) is [var sequence] => Read(sequence, ValueKind.Sequence),
        _ => null,
    };

    /// <summary>The content of all occurrences of a length-delimited field.</summary>
    private static List<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}

/// <summary>What a graph input or output is.</summary>
internal enum ValueKind
{
    Tensor,
    Sequence,
    Optional,
}
