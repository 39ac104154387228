using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Validation.Saturation;

/// <summary>A stored int8 weight and the order in which a kernel sums up its products with unsigned activations.</summary>
internal sealed record IntegerWeight(Node Node, Tensor Integers, ReductionOrder Order)
{
    /// <summary>
    /// The int8 weights of a node, in whatever form a tool wrote them: behind a DequantizeLinear, or in the fused and dynamic operators. Unsigned weights
    /// take another kernel, which is exact; depthwise convolutions and block-wise weights as well.
    /// </summary>
    public static IEnumerable<IntegerWeight> Of(Node node) => (node.Domain, node.OpType) switch
    {
        ("", "Conv") => Conv(node, Dequantized(node, 1)),
        ("", "QLinearConv") or ("com.microsoft", "QLinearConv") => Conv(node, Stored(node, 3)),
        ("", "ConvInteger") => Conv(node, Stored(node, 1)),
        ("", "Gemm") => Matrix(node, Dequantized(node, 1), node.IntAttribute("transB", 0) != 0),
        ("com.microsoft", "QGemm") => Matrix(node, Stored(node, 3), node.IntAttribute("transB", 0) != 0),
        ("", "MatMul") => Matrix(node, Dequantized(node, 1), false),
        ("", "QLinearMatMul") => Matrix(node, Stored(node, 3), false),
        ("", "MatMulInteger") or ("com.microsoft", "MatMulIntegerToFloat") or ("com.microsoft", "DynamicQuantizeMatMul") => Matrix(node, Stored(node, 1), false),
        ("com.microsoft", "DynamicQuantizeLSTM") => Matrix(node, Stored(node, 1), false).Concat(Matrix(node, Stored(node, 2), false)),
        _ => [],
    };

    private static IEnumerable<IntegerWeight> Conv(Node node, Tensor? weight) =>
        weight is { Rank: >= 3 } && !WeightedOperators.IsDepthwise(node, weight) ? [new IntegerWeight(node, weight, ReductionOrder.OfConv(weight))] : [];

    private static IEnumerable<IntegerWeight> Matrix(Node node, Tensor? weight, bool transposed) =>
        weight is { Rank: >= 2 } ? [new IntegerWeight(node, weight, ReductionOrder.OfMatrix(weight, transposed))] : [];

    private static Tensor? Stored(Node node, int input) => node.Input(input)?.Initializer is { Type: ElementType.Int8 } weight ? weight : null;

    private static Tensor? Dequantized(Node node, int input) =>
        node.Input(input)?.Producer is { } producer && producer.Is("DequantizeLinear") ? Stored(producer, 0) : null;
}
