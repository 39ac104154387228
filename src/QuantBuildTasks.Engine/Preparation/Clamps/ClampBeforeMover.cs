using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Clamps;

/// <summary>
/// Pattern: Relu, or Clip with constant limits, behind MaxPool, Reshape, Transpose, Flatten, Squeeze or Unsqueeze (one or more in a row), the first
/// of which reads the result of an operator that computes (Conv, Gemm, Add, …). The clamp moves in front of them, where it folds into that operator's
/// saturation.
/// Formula: a clamp c never falls, so c(max(x, y)) = max(c(x), c(y)); what only moves numbers commutes with any function of one number.
/// Padding of MaxPool counts as −∞ and never wins, since every window holds a number of the tensor.
/// Declines: limits that are not constant, another reader on the way, a value on the way as a graph output, indices of MaxPool, windows that may lie in the
/// padding alone. Holds for finite numbers.
/// </summary>
internal sealed class ClampBeforeMover : NodePass
{
    private static readonly HashSet<string> Sources = new(StringComparer.Ordinal)
    {
        "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "BatchNormalization", "AveragePool", "GlobalAveragePool",
    };

    public override string Name => nameof(ClampBeforeMover);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!(node.Is("Relu") || node.Is("Clip")) || node.Input(0)?.Producer is not { } last || !IsMover(last) || Walk(node) is not ({ } first, var reason))
        {
            return Outcome.NoMatch;
        }

        if (Clamp.Of(node) is null)
        {
            return Outcome.Decline("its limits are not constant");
        }

        if (reason is not null)
        {
            return Outcome.Decline(reason);
        }

        Graph graph = node.Graph;
        Value source = first.Input(0)!;
        Value clamped = graph.AddValue($"{source.Name}_clamped", source.Type, source.Shape);
        graph.Insert(graph.IndexOf(first), node.OpType, "", node.Name, [source, node.Input(1), node.Input(2)], [clamped]);
        first.SetInput(0, clamped);
        last.TakeOverOutputOf(node);
        return Outcome.Rewritten;
    }

    /// <summary>The mover next to the operator that computes, and why the clamp cannot pass all movers up to it; null where there is no such operator.</summary>
    private static (Node First, string? Reason)? Walk(Node clamp)
    {
        string? reason = null;
        Node mover = clamp;
        while (mover.Input(0) is { Producer: { } producer } value && producer.Graph == clamp.Graph)
        {
            reason ??= value.HasOtherReaders ? $"something else reads '{value.Name}' too" : null;
            if (!IsMover(producer))
            {
                return producer.Domain.Length == 0 && Sources.Contains(producer.OpType) ? (mover, reason) : null;
            }

            reason ??= producer.Is("MaxPool") ? ReasonAgainst(producer) : null;
            mover = producer;
        }

        return null;
    }

    private static bool IsMover(Node node) =>
        node.Is("MaxPool") || node.Is("Reshape") || node.Is("Transpose") || node.Is("Flatten") || node.Is("Squeeze") || node.Is("Unsqueeze");

    private static string? ReasonAgainst(Node pool)
    {
        if (pool.HasFurtherOutputs)
        {
            return $"the indices of {pool.DisplayName} are read";
        }

        long[] kernel = pool.IntsAttribute("kernel_shape") ?? [];
        long[] pads = pool.IntsAttribute("pads") ?? [];
        bool isUnpadded = Array.TrueForAll(pads, p => p == 0) && pool.StringAttribute("auto_pad", "NOTSET") is "NOTSET" or "VALID";
        bool isPlain = pool.IntAttribute("ceil_mode", 0) == 0 && Array.TrueForAll(pool.IntsAttribute("dilations") ?? [], d => d == 1);
        bool reaches = pads.Length == 0 || (pads.Length == 2 * kernel.Length && pads.Index().All(p => p.Item < kernel[p.Index % kernel.Length]));
        return isUnpadded || (isPlain && reaches) ? null : $"a window of {pool.DisplayName} may lie in the padding alone";
    }
}
