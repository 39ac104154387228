using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// Pattern: ½·x·(1 + erf(x/√2)), or ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), with products, sums and numbers in any order, as the exporters of PyTorch and
/// TensorFlow write them in five to eight nodes.
/// Formula: Gelu with approximate = none or tanh (ONNX operator specification; Hendrycks and Gimpel 2016).
/// Declines: another reader on the way, a value on the way as a graph output, a node that the user keeps, an operator set before 20, which has no Gelu
/// (<see cref="RecognizedOperatorSet"/> raises it where it can).
/// </summary>
internal sealed class GeluRecognition : NodePass
{
    /// <summary>The operator set that has Gelu.</summary>
    public const long Since = 20;

    private const double Cubic = 0.044715;

    public override string Name => nameof(GeluRecognition);

    public override Fidelity Keeps => Fidelity.Rounding;

    /// <summary>The chain that ends with a node and its input, or null.</summary>
    public static (Chain Chain, Value Input, bool IsTanh)? Match(Node node)
    {
        if (!(node.Is("Mul") || node.Is("Div")))
        {
            return null;
        }

        for (int i = 0; i < 2; i++)
        {
            var chain = new Chain(node);
            if (Product.Of(chain) is { Values.Count: 2 } product && (product.Values[i], product.Values[1 - i]) is var (gate, input) && Bend(gate, chain) is { } bend
                && Polynomial.Of(gate, bend.Output(), chain) is { } sum && Polynomial.Is(sum, sum[0], sum[0]) && Number.Is(product.Factor * sum[0], 0.5)
                && IsArgument(bend, input, chain))
            {
                return (chain, input, bend.Is("Tanh"));
            }
        }

        return null;
    }

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (Match(node) is not var (chain, input, isTanh))
        {
            return Outcome.NoMatch;
        }

        if (chain.ReasonAgainst(IsKept) is { } reason)
        {
            return Outcome.Decline(reason);
        }

        if (model.Opset < Since)
        {
            return Outcome.Decline($"it ends a Gelu, which operator set {model.Opset} does not have");
        }

        chain.ReplaceBy("Gelu", [input], isTanh ? [NodeAttribute.Of("approximate", "tanh")] : []);
        return Outcome.Rewritten;
    }

    /// <summary>The Erf or Tanh that a sum is made of.</summary>
    private static Node? Bend(Value gate, Chain chain)
    {
        Node? node = gate.Producer;
        for (int level = 0; level < 3 && node is { Domain: "", OpType: "Add" or "Mul" }; level++)
        {
            node = node.Inputs.FirstOrDefault(i => Number.Of(i) is null)?.Producer;
        }

        return node is { Outputs: [{ } output] } ? chain.Take(output, "Erf") ?? chain.Take(output, "Tanh") : null;
    }

    private static bool IsArgument(Node bend, Value input, Chain chain)
    {
        double[]? argument = Polynomial.Of(bend.Input(0)!, input, chain);
        double slope = Math.Sqrt(2 / Math.PI);
        return bend.Is("Erf") ? Polynomial.Is(argument, 0, Math.Sqrt(0.5)) : Polynomial.Is(argument, 0, slope, 0, slope * Cubic);
    }
}
