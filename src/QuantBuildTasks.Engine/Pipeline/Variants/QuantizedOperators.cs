using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>Operators that a quantizer has written.</summary>
internal static class QuantizedOperators
{
    private static readonly HashSet<string> Known =
    [
        "QuantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM",
        "QGemm", "QAttention", "QEmbedLayerNormalization", "MatMulNBits",
    ];

    /// <summary>Those in a graph and its subgraphs, each once, in order of appearance.</summary>
    public static IReadOnlyList<string> In(Graph graph) =>
        [.. graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.OpType).Where(o => Known.Contains(o) || o.StartsWith("QLinear", StringComparison.Ordinal)).Distinct()];
}
