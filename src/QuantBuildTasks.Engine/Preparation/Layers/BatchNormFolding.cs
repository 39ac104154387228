using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: BatchNormalization(layer(x)) with constant parameters, where the layer is Conv, ConvTranspose, Gemm, or a MatMul of two matrices.
/// Formula: a scale and shift for each channel (<see cref="NormalizationAffine"/>), which move into the layer's weight and bias. A MatMul takes the scale, and an
/// Add the rest.
/// Declines: parameters that are not constant, another reader of the layer's result, that result as a graph output, training mode, one behind MatMul that the user keeps.
/// </summary>
internal sealed class BatchNormFolding : NodePass
{
    public override string Name => nameof(BatchNormFolding);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("BatchNormalization") || node.Input(0)?.Producer is not { } layer || layer.Graph != node.Graph)
        {
            return Outcome.NoMatch;
        }

        bool isMatMul = layer.Is("MatMul");
        if (!isMatMul && !LinearLayer.IsOne(layer))
        {
            return Outcome.Decline($"it stands behind {layer.OpType}, which has no weight");
        }

        if (isMatMul && IsKept(node))
        {
            return Outcome.Kept;
        }

        Value between = layer.Output();
        if (between.HasOtherReaders)
        {
            return Outcome.Decline("something else reads the result before it is normalized");
        }

        if (NormalizationAffine.Of(node, out string? reason) is not { } affine)
        {
            return Outcome.Decline(reason!);
        }

        return isMatMul ? FoldIntoMatMul(layer, node, affine) : FoldIntoLayer(layer, node, affine);
    }

    private static Outcome FoldIntoLayer(Node layer, Node normalization, (double[] Scale, double[] Shift) affine)
    {
        if (LinearLayer.Of(layer, out string? reason) is not { } linear)
        {
            return Outcome.Decline(reason!);
        }

        if (linear.Channels != affine.Scale.Length)
        {
            return Outcome.Decline("its parameters do not fit the layer's channels");
        }

        if (!linear.TryScaleAndShift(affine.Scale, affine.Shift))
        {
            return Outcome.Decline("a weight would leave the float32 range");
        }

        layer.TakeOverOutputOf(normalization);
        return Outcome.Rewritten;
    }

    private static Outcome FoldIntoMatMul(Node matMul, Node normalization, (double[] Scale, double[] Shift) affine)
    {
        if (matMul.Input(0)?.Shape is not { Rank: 2 } || matMul.Input(1)?.Constant is not { Type: ElementType.Float32, Rank: 2 } weight
            || weight.Dims[1] != affine.Scale.Length)
        {
            return Outcome.Decline("the MatMul before it is not one of a matrix with a constant matrix");
        }

        ReadOnlySpan<float> old = weight.Span<float>();
        var scaled = new float[old.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = (float)(old[i] * affine.Scale[i % affine.Scale.Length]);
        }

        float[] shift = Array.ConvertAll(affine.Shift, t => (float)t);
        if (!Array.TrueForAll(scaled, float.IsFinite) || !Array.TrueForAll(shift, float.IsFinite))
        {
            return Outcome.Decline("a weight would leave the float32 range");
        }

        Graph graph = normalization.Graph;
        Value output = normalization.Output();
        matMul.SetConstant(1, Tensor.Of(scaled, [.. weight.Dims]), "weight");
        Value bias = graph.AddInitializer($"{output.Name}_bias", Tensor.Vector(shift));
        graph.Insert(graph.IndexOf(normalization), "Add", "", normalization.Name, [matMul.Output(), bias], [output]);
        graph.Remove(normalization);
        return Outcome.Rewritten;
    }
}
