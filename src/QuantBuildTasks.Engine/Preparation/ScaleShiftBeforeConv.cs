using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>
/// Pattern: Conv whose input is Mul, Div, Add or Sub of a value and a constant with one number, or one for each input channel.
/// Formula: W·(s·x + t) + b = (W·s)·x + (b + Σ W·t), the sum over input channels and kernel positions.
/// Declines: a shift where the Conv pads (its zeros stand for s·x + t = 0, not for x = 0, so the border would change), another reader of the
/// node's result, that result as a graph output, parameters that are not constant, sizes that are not known to stay as they are.
/// </summary>
internal sealed class ScaleShiftBeforeConv : NodePass
{
    public override string Name => nameof(ScaleShiftBeforeConv);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("Conv") || node.Input(0)?.Producer is not { } before || before.Graph != node.Graph || ElementwiseConstant.Of(before) is not { } operation)
        {
            return Outcome.NoMatch;
        }

        Value between = before.Output();
        if (between.Uses.Count > 1 || between.IsGraphOutput)
        {
            return Outcome.Decline($"something else reads the result of {before.DisplayName} too");
        }

        Tensor? bias = node.Input(2)?.Constant;
        if (node.Input(1)?.Constant is not { Type: ElementType.Float32, Rank: >= 3 } weight || weight.Length == 0
            || (node.Input(2) is not null && bias is not { Type: ElementType.Float32 }))
        {
            return Outcome.Decline("its weight or bias is not a float32 constant");
        }

        if (bias is not null && !bias.Dims.SequenceEqual([weight.Dims[0]]))
        {
            return Outcome.Decline("its bias has not one number for each output channel");
        }

        long channels = weight.Dims[1] * node.IntAttribute("group", 1);
        if (operation.Operand.Shape is not { } shape || shape.Rank != weight.Rank || shape[1].Value != channels)
        {
            return Outcome.Decline($"the number of channels before {before.DisplayName} is not known to be the same");
        }

        if (ChannelVector.Of(operation.Constant, weight.Rank, axis: 1, channels) is not { } constant)
        {
            return Outcome.Decline($"the constant of {before.DisplayName} is not one number for each channel");
        }

        (double[] scale, double[] shift) = operation.Affine(constant);
        if (Array.Exists(shift, t => t != 0) && Pads(node))
        {
            return Outcome.Decline($"it pads with zeros, and {before.DisplayName} does not map zero to zero");
        }

        return Fold(node, weight, bias, scale, shift) ? Bypass(node, before, operation.Operand) : Outcome.Decline("a weight would leave the float32 range");
    }

    private static bool Fold(Node conv, Tensor weight, Tensor? bias, double[] scale, double[] shift)
    {
        long outputs = weight.Dims[0];
        long inputsPerGroup = weight.Dims[1];
        long positions = weight.Length / (outputs * inputsPerGroup);
        long outputsPerGroup = outputs / conv.IntAttribute("group", 1);
        ReadOnlySpan<float> old = weight.Span<float>();
        var folded = new float[old.Length];
        var sums = new double[outputs];
        for (int i = 0; i < old.Length; i++)
        {
            long output = i / (inputsPerGroup * positions);
            long input = (output / outputsPerGroup * inputsPerGroup) + (i / positions % inputsPerGroup);
            folded[i] = (float)(old[i] * scale[input]);
            sums[output] += old[i] * shift[input];
        }

        var newBias = new float[outputs];
        for (int c = 0; c < newBias.Length; c++)
        {
            newBias[c] = (float)((bias is null ? 0 : bias.Span<float>()[c]) + sums[c]);
        }

        if (!Array.TrueForAll(folded, float.IsFinite) || !Array.TrueForAll(newBias, float.IsFinite))
        {
            return false;
        }

        conv.SetConstant(1, Tensor.Of(folded, [.. weight.Dims]), "weight");
        if (Array.Exists(shift, t => t != 0))
        {
            conv.SetConstant(2, Tensor.Vector(newBias), $"{conv.Output().Name}_bias");
        }

        return true;
    }

    private static Outcome Bypass(Node conv, Node before, Value operand)
    {
        Value between = before.Output();
        conv.SetInput(0, operand);
        before.Graph.Remove(before);
        conv.Graph.Remove(between);
        return Outcome.Rewritten;
    }

    private static bool Pads(Node conv) => conv.StringAttribute("auto_pad", "NOTSET") switch
    {
        "NOTSET" => conv.IntsAttribute("pads")?.Any(p => p != 0) ?? false,
        "VALID" => false,
        _ => true,
    };
}
