using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Multiply-adds of matrix products, convolutions and recurrent layers for one sample, from shapes; a symbolic size counts as 1.</summary>
internal static class MultiplyAdds
{
    public static long Of(Node node)
    {
        if (node.Domain.Length > 0)
        {
            return 0;
        }

        return node.OpType switch
        {
            "Conv" => Product(node.Output().Shape, 1) * Product(node.Input(1)?.Shape, 1),
            "ConvTranspose" => Product(node.Input(0)?.Shape, 1) * Product(node.Input(1)?.Shape, 1),
            "Gemm" => Product(node.Output().Shape, 1) * Size(node.Input(0)?.Shape, node.IntAttribute("transA", 0) != 0 ? 0 : 1),
            "MatMul" => Product(node.Output().Shape, 1) * Size(node.Input(0)?.Shape, -1),
            "LSTM" or "GRU" or "RNN" => Size(node.Input(0)?.Shape, 0) * (Product(node.Input(1)?.Shape, 0) + Product(node.Input(2)?.Shape, 0)),
            _ => 0,
        };
    }

    /// <summary>Product of the sizes from axis <paramref name="from"/> on.</summary>
    private static long Product(Shape? shape, int from) => shape?.Skip(from).Aggregate(1L, (product, d) => product * (d.Value ?? 1)) ?? 0;

    private static long Size(Shape? shape, int axis) =>
        shape is null || shape.Rank == 0 ? 0 : shape[axis < 0 ? shape.Rank + axis : axis].Value ?? 1;
}
