using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>
/// What ONNX Runtime computes within a float32 convolution (ConvActivationFusion, ConvAddFusion and the blocked layout): there it costs nearly nothing, and
/// on its own where the convolution becomes an integer one.
/// </summary>
internal static class FloatFusion
{
    private static readonly HashSet<string> Activations = new(StringComparer.Ordinal) { "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid" };

    /// <summary>The convolution that the node disappears into where both are float32, or null.</summary>
    public static Node? Into(Node node) =>
        node.Domain.Length > 0 ? null
        : Activations.Contains(node.OpType) && Only(node.Input(0)) is { } producer
            ? Convolution(producer) ?? (Sum(producer) is not null ? producer : null)
            : Sum(node);

    /// <summary>The convolution whose result is added to a value of the same sizes.</summary>
    private static Node? Sum(Node node) =>
        node.Is("Add") && node.Input(0)?.Shape is { } a && node.Input(1)?.Shape is { } b && a.Equals(b)
            ? node.Inputs.Select(i => Convolution(Only(i))).FirstOrDefault(c => c is not null)
            : null;

    private static Node? Only(Value? value) => value is { IsGraphOutput: false, Uses.Count: 1, Producer: { } producer } ? producer : null;

    private static Node? Convolution(Node? node) => node?.Is("Conv") == true ? node : null;
}
