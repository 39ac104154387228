using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// Pattern: (x − μ)/√(σ² + ε)·γ + β over the last axes, with ReduceMean for μ and σ², the square as Pow or Mul, the root as Sqrt or Pow, the quotient as Div or as Mul by
/// Reciprocal; β or both may be missing. Sizes along these axes must be known.
/// Formula: LayerNormalization (ONNX operator specification; Ba et al. 2016).
/// Declines: another reader on the way, a value on the way as a graph output, a node that the user keeps, γ or β with other sizes than the axes, an operator set
/// before 17, which has no LayerNormalization (<see cref="RecognizedOperatorSet"/> raises it where it can).
/// </summary>
internal sealed class LayerNormalizationRecognition : NodePass
{
    /// <summary>The operator set that has LayerNormalization.</summary>
    public const long Since = 17;

    /// <summary>
    /// ONNX Runtime's kernel sums x and x² in one pass, and fuses the chain into that kernel anyway when it loads a model: the difference of the two sums has
    /// fewer digits where μ is much larger than σ.
    /// </summary>
    private static readonly Fidelity OnePass = new(1e-3);

    public override string Name => nameof(LayerNormalizationRecognition);

    public override Fidelity Keeps => OnePass;

    /// <summary>The chain that stands around a quotient (x − μ)/√(σ² + ε), or null.</summary>
    public static NormalizedAxes? Match(Node node) => NormalizedAxes.Of(node);

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (Match(node) is not { } match)
        {
            return Outcome.NoMatch;
        }

        if (match.Sizes is not { } sizes)
        {
            return Outcome.Decline("it normalizes over axes that are not known to be the last ones, or whose sizes are not known");
        }

        Chain chain = match.Chain;
        Tensor scale = TakeConstant(chain, "Mul", sizes, IsKept) ?? Ones(sizes);
        Tensor? bias = TakeConstant(chain, "Add", sizes, IsKept);
        if (chain.ReasonAgainst(IsKept) is { } reason)
        {
            return Outcome.Decline(reason);
        }

        if (model.Opset < Since)
        {
            return Outcome.Decline($"it belongs to a LayerNormalization, which operator set {model.Opset} does not have");
        }

        Graph graph = node.Graph;
        string name = chain.Last.Output().Name;
        Value[] parameters = bias is null
            ? [graph.AddInitializer($"{name}_scale", scale)]
            : [graph.AddInitializer($"{name}_scale", scale), graph.AddInitializer($"{name}_bias", bias)];
        chain.ReplaceBy(
            "LayerNormalization",
            [match.Input, .. parameters],
            NodeAttribute.Of("axis", (long)-sizes.Length),
            NodeAttribute.Of("epsilon", (float)match.Epsilon));
        return Outcome.Rewritten;
    }

    /// <summary>The constant of the one node that reads the chain's result, where that node is of the given kind and the constant has the sizes of the axes.</summary>
    private static Tensor? TakeConstant(Chain chain, string opType, long[] sizes, Func<Node, bool> isKept)
    {
        if (chain.Last.Output() is not { IsGraphOutput: false, Uses: [{ Node: var next }] } result || next.Graph != chain.Last.Graph || !next.Is(opType) || isKept(next)
            || next.Inputs.FirstOrDefault(i => i != result)?.Constant is not { Type: ElementType.Float32 } constant)
        {
            return null;
        }

        long[] dims = [.. constant.Dims.SkipWhile((d, i) => d == 1 && i < constant.Rank - sizes.Length)];
        if (constant.Rank > result.Shape?.Rank || !dims.SequenceEqual(sizes))
        {
            return null;
        }

        chain.EndWith(next);
        return constant.Reshape(sizes);
    }

    private static Tensor Ones(long[] sizes)
    {
        var ones = new float[sizes.Aggregate(1L, (a, b) => a * b)];
        Array.Fill(ones, 1);
        return Tensor.Of(ones, sizes);
    }
}
