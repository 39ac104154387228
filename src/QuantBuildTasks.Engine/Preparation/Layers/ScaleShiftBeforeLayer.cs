using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: Conv, ConvTranspose or Gemm whose input is BatchNormalization with constant parameters, or Mul, Div, Add or Sub of a value and a constant with one
/// number, or one for each input channel.
/// Formula: W·(s·x + t) + b = (W·s)·x + (b + Σ W·t), the sum over input channels and kernel positions.
/// Declines: a shift where the Conv pads (its zeros stand for s·x + t = 0, not for x = 0, so the border would change) or is transposed (at the border fewer
/// positions meet), another reader of the node's result, that result as a graph output, parameters that are not constant, sizes that are not known to stay
/// as they are, a transposed activation.
/// </summary>
internal sealed class ScaleShiftBeforeLayer : NodePass
{
    public override string Name => nameof(ScaleShiftBeforeLayer);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!LinearLayer.IsOne(node) || node.Input(0)?.Producer is not { } before || before.Graph != node.Graph)
        {
            return Outcome.NoMatch;
        }

        ElementwiseConstant? elementwise = ElementwiseConstant.Of(before);
        if (elementwise is null && !before.Is("BatchNormalization"))
        {
            return Outcome.NoMatch;
        }

        Value between = before.Output();
        if (between.HasOtherReaders)
        {
            return Outcome.Decline($"something else reads the result of {before.DisplayName} too");
        }

        if (LinearLayer.Of(node, out string? reason) is not { } layer)
        {
            return Outcome.Decline(reason!);
        }

        if (node.Is("Gemm") && node.IntAttribute("transA", 0) != 0)
        {
            return Outcome.Decline("its activation is transposed");
        }

        Value operand = elementwise?.Operand ?? before.Input(0)!;
        if (operand.Shape is not { } shape || shape.Rank != layer.Rank || shape[1].Value != layer.InputChannels)
        {
            return Outcome.Decline($"the number of channels before {before.DisplayName} is not known to be the same");
        }

        if (Affine(before, elementwise, layer, out reason) is not var (scale, shift))
        {
            return Outcome.Decline(reason!);
        }

        if (Array.Exists(shift, t => t != 0) && layer.SeesBorder)
        {
            return Outcome.Decline($"it pads with zeros, and {before.DisplayName} does not map zero to zero");
        }

        if (!layer.TryScaleAndShiftInput(scale, shift))
        {
            return Outcome.Decline("a weight would leave the float32 range");
        }

        node.SetInput(0, operand);
        before.Graph.Remove(before);
        node.Graph.Remove(between);
        return Outcome.Rewritten;
    }

    private static (double[] Scale, double[] Shift)? Affine(Node before, ElementwiseConstant? elementwise, LinearLayer layer, out string? reason)
    {
        if (elementwise is null)
        {
            // The sizes of the operand are known to fit, and ONNX demands those of the parameters.
            return NormalizationAffine.Of(before, out reason) is { } affine && affine.Scale.Length == layer.InputChannels ? affine : null;
        }

        reason = $"the constant of {before.DisplayName} is not one number for each channel";
        return ChannelVector.Of(elementwise.Constant, layer.Rank, axis: 1, layer.InputChannels) is { } constant ? elementwise.Affine(constant) : null;
    }
}
