using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>A quotient (x − μ)/√(σ² + ε) with mean and variance over some axes.</summary>
/// <param name="Chain">Its nodes, of which the quotient is the last.</param>
/// <param name="Input">x.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Sizes">The sizes along the axes, where those are the last ones of x and their sizes are known; else null.</param>
internal sealed record NormalizedAxes(Chain Chain, Value Input, double Epsilon, long[]? Sizes)
{
    /// <summary>The quotient that a node computes, or null.</summary>
    public static NormalizedAxes? Of(Node quotient)
    {
        if (!(quotient.Is("Div") || quotient.Is("Mul")) || quotient.Input(0) is not { } left || quotient.Input(1) is not { } right)
        {
            return null;
        }

        return Of(new Chain(quotient), left, right) ?? (quotient.Is("Mul") ? Of(new Chain(quotient), right, left) : null);
    }

    private static NormalizedAxes? Of(Chain chain, Value difference, Value deviation)
    {
        if (Shifted(Squared(deviation, chain), chain) is not var (variance, epsilon) || chain.Take(variance, "ReduceMean") is not { } second
            || Square(second.Input(0), chain) is not { } squared || !IsSame(squared, difference)
            || chain.Take(difference, "Sub") is not { } sub || chain.Take(sub.Input(1), "ReduceMean") is not { } first
            || first.Input(0) is not { } input || input != sub.Input(0))
        {
            return null;
        }

        if (squared != difference)
        {
            chain.Add(squared.Producer!);
        }

        long[]? axes = Axes(first, input.Shape?.Rank);
        bool isOne = axes is not null && Axes(second, input.Shape?.Rank) is { } others && axes.SequenceEqual(others)
            && first.IntAttribute("keepdims", 1) != 0 && second.IntAttribute("keepdims", 1) != 0;
        return new NormalizedAxes(chain, input, epsilon, isOne ? LastSizes(input.Shape!, axes!) : null);
    }

    /// <summary>σ² + ε, of which the quotient's other side is the root or its reciprocal.</summary>
    private static Value? Squared(Value deviation, Chain chain)
    {
        Value root = deviation;
        bool divides = chain.Last.Is("Div");
        if (!divides && chain.Take(deviation, "Reciprocal") is { } reciprocal)
        {
            root = reciprocal.Input(0)!;
            divides = true;
        }

        return chain.Take(root, "Sqrt") is { } sqrt ? (divides ? sqrt.Input(0) : null)
            : chain.Take(root, "Pow") is { } pow && Number.Is(Number.Of(pow.Input(1)), divides ? 0.5 : -0.5) ? pow.Input(0)
            : null;
    }

    private static (Value Variance, double Epsilon)? Shifted(Value? sum, Chain chain)
    {
        if (chain.Take(sum, "Add") is not { } add)
        {
            return null;
        }

        return (Number.Of(add.Input(0)), Number.Of(add.Input(1))) switch
        {
            (null, > 0 and { } epsilon) => (add.Input(0)!, epsilon),
            ( > 0 and { } epsilon, null) => (add.Input(1)!, epsilon),
            _ => null,
        };
    }

    /// <summary>What is squared.</summary>
    private static Value? Square(Value? square, Chain chain) =>
        chain.Take(square, "Pow") is { } pow ? (Number.Is(Number.Of(pow.Input(1)), 2) ? pow.Input(0) : null)
        : chain.Take(square, "Mul") is { } mul && mul.Input(0) == mul.Input(1) ? mul.Input(0)
        : null;

    /// <summary>Some exporters write x − μ once for the quotient and once for the square.</summary>
    private static bool IsSame(Value a, Value b) =>
        a == b || (a.Producer is { } first && b.Producer is { } second && first.Graph == second.Graph && first.Is("Sub") && second.Is("Sub") && first.Inputs.SequenceEqual(second.Inputs));

    /// <summary>Axes from the end (−1 is the last), in order; null where they are not known.</summary>
    private static long[]? Axes(Node mean, int? rank)
    {
        if (rank is not { } count)
        {
            return null;
        }

        long[]? axes = mean.Input(1) is { } given ? (given.Constant is { Type: ElementType.Int64 } constant ? constant.Span<long>().ToArray() : null) : mean.IntsAttribute("axes");
        return axes is null ? null : [.. axes.Select(a => a < 0 ? a : a - count).Order()];
    }

    private static long[]? LastSizes(Shape shape, long[] axes)
    {
        bool areLast = axes.Length > 0 && axes.Length <= shape.Rank && axes.Index().All(a => a.Item == a.Index - axes.Length);
        Dimension[] sizes = areLast ? [.. shape.Skip(shape.Rank - axes.Length)] : [];
        return areLast && Array.TrueForAll(sizes, s => s.Value > 0) ? Array.ConvertAll(sizes, s => s.Value!.Value) : null;
    }
}
