using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: Conv, or AveragePool that counts its padding, whose input is a Pad with constant zeros along the spatial axes.
/// Formula: both read zeros beyond the border, so the Pad's sizes add to the node's own.
/// Declines: other padding modes or values, negative sizes (they crop), padding of batch or channels, auto_pad, a pool that rounds its size
/// up or would pad as far as its kernel reaches, another reader of the padded tensor, that tensor as a graph output.
/// </summary>
internal sealed class PadIntoConv : NodePass
{
    public override string Name => nameof(PadIntoConv);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        bool isPool = node.Is("AveragePool");
        if (!(node.Is("Conv") || isPool) || node.Input(0)?.Producer is not { } pad || pad.Graph != node.Graph || !pad.Is("Pad"))
        {
            return Outcome.NoMatch;
        }

        Value padded = pad.Output();
        if (padded.HasOtherReaders)
        {
            return Outcome.Decline("something else reads the padded tensor too");
        }

        if (pad.StringAttribute("mode", "constant") != "constant" || !IsZero(pad.Input(2)))
        {
            return Outcome.Decline("the padding is not constant zero");
        }

        if (node.StringAttribute("auto_pad", "NOTSET") is not ("NOTSET" or "VALID"))
        {
            return Outcome.Decline("its own padding follows from auto_pad");
        }

        if (SpatialPads(pad) is not { } extra)
        {
            return Outcome.Decline("the padding is not known, crops, or is not along the spatial axes alone");
        }

        bool isValid = node.StringAttribute("auto_pad", "NOTSET") == "VALID";
        long[] pads = (isValid ? null : node.IntsAttribute("pads")) ?? new long[extra.Length];
        if (pads.Length != extra.Length)
        {
            return Outcome.Decline("the ranks do not fit");
        }

        long[] sum = [.. pads.Zip(extra, (a, b) => a + b)];
        if (isPool && !PoolStaysSame(node, sum))
        {
            return Outcome.Decline("the pool treats its own padding in another way");
        }

        node.RemoveAttribute("auto_pad");
        node.SetAttribute(NodeAttribute.Of("pads", sum));
        node.SetInput(0, pad.Input(0));
        pad.Graph.Remove(pad);
        node.Graph.Remove(padded);
        return Outcome.Rewritten;
    }

    private static bool PoolStaysSame(Node pool, long[] pads) =>
        pool.IntAttribute("count_include_pad", 0) == 1
        && pool.IntAttribute("ceil_mode", 0) == 0
        && pool.IntsAttribute("kernel_shape") is { } kernel
        && (pool.IntsAttribute("dilations")?.All(d => d == 1) ?? true)
        && pads.Index().All(p => p.Item < kernel[p.Index % kernel.Length]);

    private static bool IsZero(Value? value) =>
        value is null || (value.Constant is { Type: ElementType.Float32, Length: 1 } constant && constant.Span<float>()[0] == 0);

    /// <summary>Begins, then ends, of all axes but the first two; null where that is not all that is padded. Operator set 18 added a list of axes.</summary>
    private static long[]? SpatialPads(Node pad)
    {
        if (pad.Input(0)?.Shape is not { Rank: > 2 and var rank } || pad.Input(1)?.Constant is not { Type: ElementType.Int64 } given)
        {
            return null;
        }

        long[] axes = [.. Enumerable.Range(0, rank).Select(a => (long)a)];
        if (pad.Input(3) is { } listed)
        {
            if (listed.Constant is not { Type: ElementType.Int64 } constant)
            {
                return null;
            }

            axes = Array.ConvertAll(constant.Span<long>().ToArray(), a => a < 0 ? a + rank : a);
        }

        long[] sizes = given.Span<long>().ToArray();
        if (sizes.Length != 2 * axes.Length || Array.Exists(axes, a => a < 0 || a >= rank) || Array.Exists(sizes, s => s < 0))
        {
            return null;
        }

        int spatial = rank - 2;
        var pads = new long[2 * spatial];
        for (int i = 0; i < axes.Length; i++)
        {
            (long begin, long end) = (sizes[i], sizes[i + axes.Length]);
            if (axes[i] >= 2)
            {
                pads[axes[i] - 2] = begin;
                pads[axes[i] - 2 + spatial] = end;
            }
            else if (begin != 0 || end != 0)
            {
                return null;
            }
        }

        return pads;
    }
}
