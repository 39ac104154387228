using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: Shape or Size of a value, or Gather or Slice of a Shape, where all sizes asked for are known numbers. The others may be symbolic: the
/// channels of [batch, 3, 8, 8] are known though the batch is not.
/// Declines: sizes that are not known, indices that are not constant. Sizes count only where ONNX Runtime enforces or infers them: not those of
/// graph outputs and of values in branches, which are the exporter's word alone.
/// </summary>
internal sealed class ShapeFolding : NodePass
{
    public override string Name => nameof(ShapeFolding);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        IReadOnlyList<Dimension>? sizes = Sizes(node);
        if (sizes is null)
        {
            return Outcome.NoMatch;
        }

        if (sizes.Any(d => d.Value is null))
        {
            return Outcome.Decline($"the sizes are [{string.Join(", ", sizes)}]");
        }

        long[] values = [.. sizes.Select(d => d.Value!.Value)];
        bool isScalar = node.Is("Size") || (node.Is("Gather") && node.Input(1)!.Constant!.Rank == 0);
        Graph graph = node.Graph;
        Value output = node.Output();
        graph.Remove(node);
        graph.SetInitializer(output, isScalar ? Tensor.Scalar(node.OpType == "Size" ? values.Aggregate(1L, (a, b) => checked(a * b)) : values[0]) : Tensor.Vector(values));
        return Outcome.Rewritten;
    }

    /// <summary>The sizes that the node gives (of Size: that it multiplies), or null where it has nothing to do with sizes.</summary>
    private static IReadOnlyList<Dimension>? Sizes(Node node) => node switch
    {
        _ when node.Is("Shape") => OfShape(node),
        _ when node.Is("Size") => Trusted(node.Input(0)),
        _ when node.Is("Gather") && node.Input(0)?.Producer is { } shape && shape.Is("Shape") => Gather(node, OfShape(shape)),
        _ when node.Is("Slice") && node.Input(0)?.Producer is { } shape && shape.Is("Shape") => Slice(node, OfShape(shape)),
        _ => null,
    };

    private static Shape? Trusted(Value? value) => value is { Graph.Parent: null } && (value.IsGraphInput || !value.IsGraphOutput) ? value.Shape : null;

    /// <summary>Operator set 15 added start and end, clamped to the rank.</summary>
    private static Dimension[]? OfShape(Node node)
    {
        if (Trusted(node.Input(0)) is not { } shape)
        {
            return null;
        }

        int start = Clamp(node.IntAttribute("start", 0), shape.Rank);
        int end = Clamp(node.IntAttribute("end", shape.Rank), shape.Rank);
        return [.. shape.Skip(start).Take(Math.Max(0, end - start))];
    }

    private static Dimension[]? Gather(Node node, Dimension[]? sizes)
    {
        if (sizes is null || node.Input(1)?.Constant is not { Rank: <= 1 } constant || Integers(constant) is not { } indices)
        {
            return null;
        }

        long[] places = Array.ConvertAll(indices, i => i < 0 ? i + sizes.Length : i);
        return Array.TrueForAll(places, p => p >= 0 && p < sizes.Length) ? Array.ConvertAll(places, p => sizes[p]) : null;
    }

    private static Dimension[]? Slice(Node node, Dimension[]? sizes)
    {
        if (sizes is null
            || Numbers(node, 1, []) is not [var start]
            || Numbers(node, 2, []) is not [var end]
            || Numbers(node, 3, [0]) is not [0 or -1]
            || Numbers(node, 4, [1]) is not [1])
        {
            return null;
        }

        int first = Clamp(start, sizes.Length);
        return [.. sizes.Skip(first).Take(Math.Max(0, Clamp(end, sizes.Length) - first))];
    }

    private static long[]? Numbers(Node node, int index, long[] missing) =>
        node.Input(index) is not { } value ? missing : value.Constant is { } constant ? Integers(constant) : null;

    private static long[]? Integers(Tensor tensor) => tensor.Type switch
    {
        ElementType.Int64 => tensor.Span<long>().ToArray(),
        ElementType.Int32 => [.. tensor.Span<int>().ToArray().Select(i => (long)i)],
        _ => null,
    };

    private static int Clamp(long place, int count) => (int)Math.Clamp(place < 0 ? place + count : place, 0, count);
}
