using QuantBuildTasks.Engine.Model.Serialization;

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

    /// <summary>The functions that the file defines; their bodies are kept as they are.</summary>
    public List<LocalFunction> Functions { get; } = [];

    public Graph Graph { get; } = graph;

    /// <summary>Where the weights lie that are too large for memory, and where such ones go that are made; null: all are in memory.</summary>
    public WeightFiles? Weights { get; set; }

    /// <summary>What the reader did not interpret (functions among it); only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    /// <summary>Version of ONNX's own operator set.</summary>
    public long Opset => Opsets.TryGetValue("", out long version) ? version : 0;
}

/// <summary>A function that a model defines, which its nodes call like an operator.</summary>
/// <param name="Domain">The operator set; empty for ONNX's own.</param>
/// <param name="Name">What a node's operator says to call it.</param>
/// <param name="Overload">Tells functions of the same name apart; empty for the only one.</param>
internal sealed record LocalFunction(string Domain, string Name, string Overload);
