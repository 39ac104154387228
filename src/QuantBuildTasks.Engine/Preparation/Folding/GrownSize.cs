using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Sizes of what ConstantOfShape, Expand, Tile, Range and Pad give (ONNX operator specification); a few bytes of a model can ask for
/// gigabytes here, so they are counted before anything is computed.
/// </summary>
internal static class GrownSize
{
    /// <summary>The size, or null where the inputs that decide it are not constants yet, or are not valid.</summary>
    public static FoldedSize? Of(Node node)
    {
        Tensor?[] inputs = [.. node.Inputs.Select(v => v?.Constant)];
        if (inputs.Length == 0 || inputs.Index().Any(i => i.Item is null && node.Inputs[i.Index] is not null) || inputs[0] is not { } first)
        {
            return null;
        }

        return node.OpType switch
        {
            "ConstantOfShape" => Integers(first) is { } dims
                ? Sized(node.Attribute("value")?.Value is Tensor value ? value.Type : ElementType.Float32, dims)
                : null,
            "Expand" => Second(inputs) is { } dims && Array.TrueForAll(dims, d => d >= 0)
                ? FoldedSize.Broadcast(first.Type, [FoldedSize.Of(first), new FoldedSize(first.Type, 0, dims)])
                : null,
            "Tile" => Second(inputs) is { } repeats && repeats.Length == first.Rank
                ? Sized(first.Type, [.. first.Dims.Zip(repeats, (d, r) => checked(d * r))])
                : null,
            "Pad" => Second(inputs) is { } pads
                ? new FoldedSize(first.Type, Padded(first, pads))
                : null,
            _ => Range(inputs),
        };
    }

    private static FoldedSize? Sized(ElementType type, long[] dims) =>
        Array.Exists(dims, d => d < 0) ? null : new FoldedSize(type, dims.Aggregate(1L, (a, d) => checked(a * d)), dims);

    private static long[]? Second(Tensor?[] inputs) => inputs is [_, { } tensor, ..] ? Integers(tensor) : null;

    private static long[]? Integers(Tensor tensor) =>
        tensor.Type == ElementType.Int64 ? tensor.Span<long>().ToArray() : null;

    /// <summary>A bound from above, whatever axes the sizes belong to.</summary>
    private static long Padded(Tensor tensor, long[] pads)
    {
        long growth = pads.Sum(p => Math.Max(0, p));
        return tensor.Dims.Aggregate(1L, (a, d) => checked(a * (d + growth)));
    }

    private static FoldedSize? Range(Tensor?[] inputs)
    {
        if (inputs is not [{ Length: 1 } start, { Length: 1 } limit, { Length: 1 } delta] || start.Type != ElementType.Int64 || delta.Span<long>()[0] == 0)
        {
            return null;
        }

        decimal steps = ((decimal)limit.Span<long>()[0] - start.Span<long>()[0]) / delta.Span<long>()[0];
        return steps > int.MaxValue ? null : new FoldedSize(ElementType.Int64, Math.Max(0, (long)Math.Ceiling(steps)));
    }
}
