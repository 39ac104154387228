using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>What is known about a constant before it is computed.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Elements">Number of elements, or a bound from above.</param>
/// <param name="Dims">Its sizes, where they are known.</param>
internal sealed record FoldedSize(ElementType Type, long Elements, long[]? Dims = null)
{
    public bool IsFloat => Type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>Strings and packed types are left alone.</summary>
    public bool IsFoldable => Type.BitWidth() is >= 8 and <= 64;

    /// <summary>Bytes, or a bound from above.</summary>
    public long Bytes => Type.ByteCount(Elements);

    public static FoldedSize Of(Tensor tensor) => new(tensor.Type, tensor.Length, [.. tensor.Dims]);

    /// <summary>The result of an element-wise operator (ONNX broadcasting); the product of the counts where the sizes are not known.</summary>
    public static FoldedSize Broadcast(ElementType type, IReadOnlyList<FoldedSize> operands)
    {
        if (operands.Any(o => o.Dims is null))
        {
            return new FoldedSize(type, operands.Aggregate(1L, (a, o) => checked(a * o.Elements)));
        }

        var dims = new long[operands.Max(o => o.Dims!.Length)];
        Array.Fill(dims, 1);
        foreach (long[] sizes in operands.Select(o => o.Dims!))
        {
            for (int i = 0; i < sizes.Length; i++)
            {
                int axis = dims.Length - sizes.Length + i;
                dims[axis] = dims[axis] == 1 ? sizes[i] : dims[axis];
            }
        }

        return new FoldedSize(type, dims.Aggregate(1L, (a, d) => checked(a * d)), dims);
    }
}
