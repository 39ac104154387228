using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>
/// What ONNX Runtime computes within a float32 layer (ConvActivationFusion, ConvAddFusion, GemmActivationFusion and the blocked layout): there it costs nearly
/// nothing, and on its own where the layer becomes an integer one.
/// </summary>
internal static class FloatFusion
{
    private static readonly HashSet<string> AfterConv = new(StringComparer.Ordinal) { "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish" };

    private static readonly HashSet<string> AfterGemm = new(StringComparer.Ordinal)
    {
        "Elu", "HardSigmoid", "LeakyRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh", "ThresholdedRelu",
    };

    /// <summary>The node that this one disappears into where both are float32, or null: a layer, or what disappears into one itself.</summary>
    public static Node? Into(Node node) => node.Domain.Length > 0 ? null : Sum(node) ?? Activated(node);

    /// <summary>
    /// Whether a float32 reader takes a Gemm in: that happens before integers are looked for, so a Gemm that shall be an integer one must not hand its
    /// result to it.
    /// </summary>
    public static bool TakesIn(Node gemm) =>
        gemm.Is("Gemm") && gemm.Output() is { IsGraphOutput: false, Uses: [{ Node: { Domain: "" } reader }] } && AfterGemm.Contains(reader.OpType);

    private static Node? Activated(Node node) => Only(node.Input(0)) is not { } producer ? null
        : AfterConv.Contains(node.OpType) && (producer.Is("Conv") || Sum(producer) is not null) ? producer
        : AfterGemm.Contains(node.OpType) && producer.Is("Gemm") ? producer
        : null;

    /// <summary>The convolution whose result is added to a value of the same sizes.</summary>
    private static Node? Sum(Node node) =>
        node.Is("Add") && node.Input(0)?.Shape is { } a && node.Input(1)?.Shape is { } b && a.Equals(b)
            ? node.Inputs.Select(Only).FirstOrDefault(c => c?.Is("Conv") == true)
            : null;

    private static Node? Only(Value? value) => value is { IsGraphOutput: false, Uses.Count: 1, Producer: { } producer } ? producer : null;
}
