using QuantBuildTasks.Engine.Model.Serialization.ExternalData;

namespace QuantBuildTasks.Engine.Model;

/// <summary>A model in memory: its graph, and which operator sets it is written in.</summary>
internal sealed class OnnxModel(Graph graph)
{
    /// <summary>Version of the file format, not of the operators.</summary>
    public long IrVersion { get; set; }

    public string ProducerName { get; set; } = "";

    public string ProducerVersion { get; set; } = "";

    /// <summary>Operator set version by domain; the empty domain is ONNX itself.</summary>
    public SortedDictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    /// <summary>Free key-value pairs, in file order.</summary>
    public IList<KeyValuePair<string, string>> Metadata { get; } = [];

    /// <summary>The functions that the file defines, in file order.</summary>
    public List<LocalFunction> Functions { get; } = [];

    public Graph Graph { get; } = graph;

    /// <summary>Where the weights lie that are too large for memory, and where such ones go that are made; null: all are in memory.</summary>
    public WeightFiles? Weights { get; set; }

    /// <summary>What the reader did not interpret (training, device configurations); only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    /// <summary>Version of ONNX's own operator set.</summary>
    public long Opset => Opsets.TryGetValue("", out long version) ? version : 0;
}
