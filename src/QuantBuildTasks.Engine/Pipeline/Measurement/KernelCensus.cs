using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Pipeline.Measurement;

/// <summary>
/// What ONNX Runtime really makes of an artifact, branches and bodies included, beside what the plan said that it would. A fused kernel keeps the name of the node that it came from.
/// </summary>
/// <param name="IntegerShare">Share of the plan's multiply-adds whose node became an integer kernel, 0…1.</param>
/// <param name="IntegerKernels">How many kernels compute with integers.</param>
/// <param name="UnfusedWeights">Constants that are dequantized at every inference: slower than float32.</param>
/// <param name="LeftFloat">Convolutions and matrix products that the plan calls integer and that no integer kernel computes.</param>
internal sealed record KernelCensus(double IntegerShare, int IntegerKernels, int UnfusedWeights, IReadOnlyList<string> LeftFloat)
{
    /// <summary>The names of all nodes that an integer kernel computes.</summary>
    public IReadOnlyList<string> IntegerNodes { get; init; } = [];

    /// <summary>
    /// Bytes of the constants in the graph that ONNX Runtime computes with: weights that were stored small have been unfolded to float32 there. Copies that kernels lay out for
    /// themselves depend on the processor and do not count.
    /// </summary>
    public long ConstantBytes { get; init; }

    /// <summary>What is wrong, as a sentence; null where the plan holds.</summary>
    public string? Defect => UnfusedWeights == 0 && LeftFloat.Count == 0
        ? null
        : $"ONNX Runtime dequantizes {UnfusedWeights} constants at every inference, and runs {LeftFloat.Count} nodes in float32 that were planned as integers ({string.Join(", ", LeftFloat.Take(5))}).";

    /// <summary>Optimizes an artifact as a session does, short of the layout that depends on the processor, and looks at the result.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: ONNX Runtime refuses the artifact.</exception>
    public static KernelCensus Of(IInference inference, StoredModel artifact, QuantizationPlan plan)
    {
        string folder = Directory.CreateTempSubdirectory("quant-census-").FullName;
        try
        {
            string path = Path.Combine(folder, "optimized.onnx");
            using (inference.Open(artifact, new SessionSettings { Optimization = GraphOptimization.Extended, OptimizedModelPath = path }))
            {
            }

            return Of(ModelReader.ReadFile(path).Graph, plan);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static KernelCensus Of(Graph optimized, QuantizationPlan plan)
    {
        Node[] nodes = [.. optimized.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
        HashSet<string> integer = [.. nodes.Where(ComputesIntegers).Select(n => n.Name)];

        // Float nodes are fused under new names, so it is the integer kernels that are looked for.
        string[] leftFloat = [.. plan.Nodes.Where(n => n is { Precision: NodePrecision.Integer, OpType: "Conv" or "MatMul" or "Gemm" or "LSTM" }).Select(n => n.Node).Where(n => !integer.Contains(n))];
        long all = plan.Nodes.Sum(n => n.MultiplyAdds);
        long seen = plan.Nodes.Where(n => n.Precision == NodePrecision.Integer && integer.Contains(n.Node)).Sum(n => n.MultiplyAdds);
        return new KernelCensus(
            all == 0 ? 0 : (double)seen / all,
            nodes.Count(ComputesIntegers),
            nodes.Count(n => n.OpType == "DequantizeLinear" && n.Inputs[0]?.Initializer is not null),
            leftFloat)
        {
            ConstantBytes = optimized.SelfAndSubgraphs().SelectMany(g => g.Initializers).Sum(v => v.Initializer!.Type.ByteCount(v.Initializer.Length)),
            IntegerNodes = [.. integer.Order(StringComparer.Ordinal)],
        };
    }

    private static bool ComputesIntegers(Node node) =>
        node.OpType.StartsWith("QLinear", StringComparison.Ordinal) || node.OpType is "QGemm" or "MatMulIntegerToFloat" or "MatMulInteger" or "ConvInteger" or "DynamicQuantizeMatMul" or "DynamicQuantizeLSTM";
}
