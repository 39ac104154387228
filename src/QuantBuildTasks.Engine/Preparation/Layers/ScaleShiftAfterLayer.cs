using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: Mul, Div, Add or Sub of a layer's result (Conv, ConvTranspose, Gemm) and a constant with one number, or one for each output channel.
/// Formula: s·(W·x + b) + t = (s·W)·x + (s·b + t); with the constant c, s is c, 1/c, or ±1 (c − y has s = −1), and t is 0 or ±c.
/// Declines: a constant that varies along another axis or raises the rank, c / y, which is no scale and shift of y, another reader of the
/// layer's result, that result as a graph output, parameters that are not constant.
/// </summary>
internal sealed class ScaleShiftAfterLayer : NodePass
{
    public override string Name => nameof(ScaleShiftAfterLayer);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (ElementwiseConstant.Of(node) is not { } operation || operation.Operand.Producer is not { } layer || layer.Graph != node.Graph || !LinearLayer.IsOne(layer))
        {
            return Outcome.NoMatch;
        }

        Value between = layer.Output();
        if (between.HasOtherReaders)
        {
            return Outcome.Decline("something else reads the layer's result too");
        }

        if (LinearLayer.Of(layer, out string? reason) is not { } linear)
        {
            return Outcome.Decline(reason!);
        }

        if (ChannelVector.Of(operation.Constant, linear.Rank, axis: 1, linear.Channels) is not { } constant)
        {
            return Outcome.Decline("its constant is not one number for each output channel");
        }

        (double[] scale, double[] shift) = operation.Affine(constant);
        if (!linear.TryScaleAndShift(scale, shift))
        {
            return Outcome.Decline("a weight would leave the float32 range");
        }

        layer.TakeOverOutputOf(node);
        return Outcome.Rewritten;
    }
}
