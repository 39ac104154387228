using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: ReduceMean of a float32 tensor [N, C, …] over all spatial axes and no other.
/// Formula: that is GlobalAveragePool by its definition (ONNX operator specification), followed by Flatten where the axes are not kept.
/// Declines: rank below 3 or unknown, another type, axes that are not constant or not just the spatial ones, a node that the user keeps.
/// </summary>
internal sealed class ReduceMeanToGlobalAveragePool : NodePass
{
    public override string Name => nameof(ReduceMeanToGlobalAveragePool);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("ReduceMean") || node.Input(0) is not { } input)
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node))
        {
            return Outcome.Kept;
        }

        if (input is not { Type: ElementType.Float32, Shape: { Rank: >= 3 } shape })
        {
            return Outcome.Decline("its input is not known to be a float32 tensor with spatial axes");
        }

        if (Axes(node, shape.Rank) is not { } axes || !axes.SetEquals(Enumerable.Range(2, shape.Rank - 2).Select(a => (long)a)))
        {
            return Outcome.Decline("it does not reduce just the spatial axes");
        }

        Graph graph = node.Graph;
        int index = graph.IndexOf(node);
        Value output = node.Output();
        if (node.IntAttribute("keepdims", 1) != 0)
        {
            graph.Insert(index, "GlobalAveragePool", "", node.Name, [input], [output]);
        }
        else
        {
            Value pooled = graph.AddValue($"{output.Name}_pooled", input.Type, new Shape([shape[0], shape[1], .. Enumerable.Repeat<Dimension>(1, shape.Rank - 2)]));
            graph.Insert(index, "GlobalAveragePool", "", node.Name, [input], [pooled]);
            graph.Insert(index + 1, "Flatten", "", node.Name.Length > 0 ? $"{node.Name}_flatten" : "", [pooled], [output], NodeAttribute.Of("axis", 1L));
        }

        graph.Remove(node);
        return Outcome.Rewritten;
    }

    /// <summary>The axes, counted from 0: an attribute, from operator set 18 on an input. None means all, or with noop_with_empty_axes none.</summary>
    private static HashSet<long>? Axes(Node node, int rank)
    {
        long[]? axes = node.IntsAttribute("axes");
        if (node.Input(1) is { } given)
        {
            if (given.Constant is not { Type: ElementType.Int64 } constant)
            {
                return null;
            }

            axes = constant.Span<long>().ToArray();
        }

        return axes is null or [] ? null : [.. axes.Select(a => a < 0 ? a + rank : a)];
    }
}
