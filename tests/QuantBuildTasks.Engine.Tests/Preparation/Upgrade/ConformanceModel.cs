using Google.Protobuf;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>
/// One of ONNX's conformance models as Debian's package libonnx-testdata ships them: a folder with <c>model.onnx</c> and <c>test_data_set_0</c>, in which each
/// input and output is a protobuf message of its own (TensorProto, SequenceProto or OptionalProto of onnx-data.proto).
/// </summary>
internal sealed record ConformanceModel(string Folder)
{
    public const string Root = "/usr/share/libonnx-testdata/data";

    /// <summary>Field numbers of SequenceProto and OptionalProto that hold what we read.</summary>
    private const int SequenceTensors = 3, OptionalTensor = 3, OptionalSequence = 5;

    public string Name => Path.GetRelativePath(Root, Folder);

    public static bool Available => Directory.Exists(Root);

    /// <summary>All, in the order of their names.</summary>
    public static ConformanceModel[] All() =>
    [
        .. Directory.EnumerateFiles(Root, "model.onnx", SearchOption.AllDirectories)
            .Select(f => new ConformanceModel(Path.GetDirectoryName(f)!))
            .OrderBy(m => m.Name, StringComparer.Ordinal),
    ];

    public byte[] Bytes() => File.ReadAllBytes(Path.Combine(Folder, "model.onnx"));

    /// <summary>The inputs: each a <see cref="Tensor"/>, or an array of them for a sequence, or null for an optional that holds nothing.</summary>
    public object?[] Inputs(IReadOnlyList<ValueKind> kinds) => Values("input", kinds);

    public object?[] Outputs(IReadOnlyList<ValueKind> kinds) => Values("output", kinds);

    private object?[] Values(string which, IReadOnlyList<ValueKind> kinds) =>
        [.. kinds.Select((kind, i) => Read(File.ReadAllBytes(Path.Combine(Folder, "test_data_set_0", $"{which}_{i}.pb")), kind))];

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
