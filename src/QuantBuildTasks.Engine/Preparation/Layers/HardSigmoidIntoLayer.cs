using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: HardSigmoid of the result of a layer (Conv, ConvTranspose, Gemm), as in the gates of squeeze-and-excite blocks.
/// Formula: HardSigmoid(W·x + b) = clip(α·(W·x + b) + β, 0, 1) (ONNX operator specification) = clip((α·W)·x + (α·b + β), 0, 1). HardSigmoid has no integer kernel, and a gate that is float32
/// pulls the product with all that it gates out of the integers; the Clip is done by the saturation of the layer's own result.
/// Declines: another reader of the layer's result, that result as a graph output, parameters that are not constant, a node that the user keeps.
/// </summary>
internal sealed class HardSigmoidIntoLayer : NodePass
{
    public override string Name => nameof(HardSigmoidIntoLayer);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("HardSigmoid") || node.Input(0) is not { Producer: { } layer } between || layer.Graph != node.Graph || !LinearLayer.IsOne(layer))
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node))
        {
            return Outcome.Kept;
        }

        if (between.HasOtherReaders)
        {
            return Outcome.Decline("something else reads the layer's result too");
        }

        if (LinearLayer.Of(layer, out string? reason) is not { } linear)
        {
            return Outcome.Decline(reason!);
        }

        double[] scale = [.. Enumerable.Repeat((double)node.FloatAttribute("alpha", 0.2f), linear.Channels)];
        double[] shift = [.. Enumerable.Repeat((double)node.FloatAttribute("beta", 0.5f), linear.Channels)];
        if (!linear.TryScaleAndShift(scale, shift))
        {
            return Outcome.Decline("a weight would leave the float32 range");
        }

        Graph graph = node.Graph;
        Value output = node.Output();
        Value low = graph.AddInitializer($"{output.Name}_min", Tensor.Scalar(0f));
        Value high = graph.AddInitializer($"{output.Name}_max", Tensor.Scalar(1f));
        graph.Insert(graph.IndexOf(node), "Clip", "", node.Name, [between, low, high], [output]);
        graph.Remove(node);
        return Outcome.Rewritten;
    }
}
