using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// Pattern: 1/(1 + exp(−x)), as Div or Reciprocal, and v/(1 + exp(−x)).
/// Formula: Sigmoid(x) (ONNX operator specification), and v·Sigmoid(x): with v = x that is SiLU. It stays two nodes, since ONNX has one for it from operator set 24
/// on alone, and since Sigmoid and Mul both have integer kernels. Where exp(−x) overflows both give 0.
/// Declines: another reader on the way, a value on the way as a graph output, a node that the user keeps.
/// </summary>
internal sealed class SigmoidRecognition : NodePass
{
    public override string Name => nameof(SigmoidRecognition);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        bool isReciprocal = node.Is("Reciprocal");
        if (!(isReciprocal || node.Is("Div")))
        {
            return Outcome.NoMatch;
        }

        var chain = new Chain(node);
        if (Argument(node.Input(isReciprocal ? 0 : 1), chain) is not { } input)
        {
            return Outcome.NoMatch;
        }

        if (chain.ReasonAgainst(IsKept) is { } reason)
        {
            return Outcome.Decline(reason);
        }

        if (isReciprocal || Number.Is(Number.Of(node.Input(0)), 1))
        {
            chain.ReplaceBy("Sigmoid", [input]);
            return Outcome.Rewritten;
        }

        Graph graph = node.Graph;
        Value gate = graph.AddValue($"{node.Output().Name}_gate", input.Type, input.Shape);
        Value numerator = node.Input(0)!;
        graph.Insert(graph.IndexOf(node), "Sigmoid", "", node.Name.Length > 0 ? $"{node.Name}_gate" : "", [input], [gate]);
        chain.ReplaceBy("Mul", [numerator, gate]);
        return Outcome.Rewritten;
    }

    /// <summary>x where a value is 1 + exp(−x).</summary>
    private static Value? Argument(Value? divisor, Chain chain)
    {
        if (chain.Take(divisor, "Add") is not { } add)
        {
            return null;
        }

        Value? power = Number.Is(Number.Of(add.Input(0)), 1) ? add.Input(1) : Number.Is(Number.Of(add.Input(1)), 1) ? add.Input(0) : null;
        if (chain.Take(power, "Exp")?.Input(0) is not { Producer: { Domain: "", OpType: "Neg" or "Mul" } negation } exponent)
        {
            return null;
        }

        Value? input = negation.Inputs.FirstOrDefault(i => i is not null && Number.Of(i) is null);
        return input is not null && Polynomial.Is(Polynomial.Of(exponent, input, chain), 0, -1) ? input : null;
    }
}
