using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Clamps;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// Pattern: x·clip(x + 3, 0, 6)/6, with products and sums in any order, and x·HardSigmoid(x) with α = 1/6, β = ½. Also clip(a·x + b, 0, h)/h alone, with positive a
/// and b.
/// Formula: HardSigmoid(x) = clip(α·x + β, 0, 1) with α = a/h, β = b/h; HardSwish(x) = x·HardSigmoid(x) with α = 1/6, β = ½ (ONNX operator specification).
/// An operator set before 14 has no HardSwish and gets HardSigmoid and Mul, which is what ONNX Runtime makes of it.
/// Declines: another reader on the way, a value on the way as a graph output, a node that the user keeps. Numbers that differ are another function and no match.
/// </summary>
internal sealed class HardSwishRecognition : NodePass
{
    /// <summary>The operator set that has HardSwish.</summary>
    private const long Since = 14;

    public override string Name => nameof(HardSwishRecognition);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!(node.Is("Mul") || node.Is("Div")) || Match(node) is not { } match || (match.IsWritten && match.IsSwish && model.Opset < Since))
        {
            return Outcome.NoMatch;
        }

        Chain chain = match.Chain;
        if (chain.ReasonAgainst(IsKept) is { } reason)
        {
            return Outcome.Decline(reason);
        }

        NodeAttribute[] attributes = [NodeAttribute.Of("alpha", (float)match.Alpha), NodeAttribute.Of("beta", (float)match.Beta)];
        if (!match.IsSwish)
        {
            chain.ReplaceBy("HardSigmoid", [match.Input], attributes);
        }
        else if (model.Opset >= Since)
        {
            chain.ReplaceBy("HardSwish", [match.Input]);
        }
        else
        {
            Graph graph = node.Graph;
            Value gate = graph.AddValue($"{node.Output().Name}_gate", ElementType.Float32, match.Input.Shape);
            graph.Insert(graph.IndexOf(node), "HardSigmoid", "", node.Name.Length > 0 ? $"{node.Name}_gate" : "", [match.Input], [gate], attributes);
            chain.ReplaceBy("Mul", [match.Input, gate]);
        }

        return Outcome.Rewritten;
    }

    private static Found? Match(Node node)
    {
        var chain = new Chain(node);
        if (Product.Of(chain) is not { } product)
        {
            return null;
        }

        if (product.Values is [var only])
        {
            return Gate(only, product.Factor, null, chain) is { IsWritten: false } found ? found : null;
        }

        for (int i = 0; i < 2 && product.Values.Count == 2; i++)
        {
            chain = new Chain(node);
            product = Product.Of(chain)!;
            if (Gate(product.Values[i], product.Factor, product.Values[1 - i], chain) is { IsSwish: true } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>What a factor is as a HardSigmoid.</summary>
    /// <param name="gate">The factor.</param>
    /// <param name="factor">The number that it is multiplied with.</param>
    /// <param name="input">What it must be a function of; null: of anything.</param>
    /// <param name="chain">Takes the nodes.</param>
    private static Found? Gate(Value gate, double factor, Value? input, Chain chain)
    {
        if (chain.Take(gate, "HardSigmoid") is { } written)
        {
            (double alpha, double beta) = (written.FloatAttribute("alpha", 0.2f), written.FloatAttribute("beta", 0.5f));
            bool isGate = Number.Is(factor, 1) && (input is null || input == written.Input(0));
            return isGate ? new Found(chain, written.Input(0)!, alpha, beta, IsSwish: input is not null && IsUsual(alpha, beta), IsWritten: true) : null;
        }

        if (gate.Producer is not { } node || node.Graph != chain.Last.Graph || Clamp.Of(node) is not { Low: 0, High: > 0 } clamp || !Number.Is(factor * clamp.High, 1))
        {
            return null;
        }

        chain.Add(node);
        Value operand = input ?? Operand(clamp.Input);
        if (Polynomial.Of(clamp.Input, operand, chain) is not [> 0 and var shift, > 0 and var slope, 0, 0])
        {
            return null;
        }

        (slope, shift) = (slope / clamp.High, shift / clamp.High);
        return new Found(chain, operand, slope, shift, IsSwish: input is not null && IsUsual(slope, shift), IsWritten: false);
    }

    private static bool IsUsual(double alpha, double beta) => Number.Is(alpha, 1.0 / 6) && Number.Is(beta, 0.5);

    /// <summary>What stands before sums and products with numbers; no further back than a polynomial is followed.</summary>
    private static Value Operand(Value value)
    {
        Value operand = value;
        for (int level = 0; level < Polynomial.Deepest && operand.Producer is { Domain: "", OpType: "Add" or "Sub" or "Mul" or "Div" } node && node.Graph == value.Graph
            && node.Inputs.Count == 2 && node.Inputs.Count(i => Number.Of(i) is not null) == 1; level++)
        {
            operand = node.Inputs.First(i => Number.Of(i) is null)!;
        }

        return operand;
    }

    private sealed record Found(Chain Chain, Value Input, double Alpha, double Beta, bool IsSwish, bool IsWritten);
}
