using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>
/// Conv, Gemm and MatMul. The axes are those that ONNX Runtime's kernels read scales along; another axis is accepted by its fusion
/// and gives wrong numbers, so they are never left to a default.
/// </summary>
internal static class WeightedOperators
{
    /// <summary>QLinearConv: weight [out, in/groups, kernel…] with a scale per output channel; the output must be quantized.</summary>
    public static Classification Conv(Node node)
    {
        if (StoredWeight(node, 1) is not { } weight)
        {
            return "the weight is not stored in the model";
        }

        if (weight.Rank < 3)
        {
            return $"the weight has rank {weight.Rank}";
        }

        if (node.Input(2)?.Constant is { } bias && bias.Length != weight.Dims[0])
        {
            return $"the bias holds {bias.Length} numbers for {weight.Dims[0]} output channels";
        }

        return Bias(node, 2) is { } reason ? reason : new NodeRole
        {
            Kind = OperatorKind.Weighted,
            DataInputs = [0],
            WeightInput = 1,
            WeightAxis = 0,
            Reduction = IsDepthwise(node, weight) ? null : ReductionOrder.OfConv(weight),
            BiasInput = node.Input(2) is null ? null : 2,
        };
    }

    /// <summary>QGemm: weight [in, out], or [out, in] with transB; a scale per output; the kernel ignores beta and bends alpha.</summary>
    public static Classification Gemm(Node node)
    {
        if (StoredWeight(node, 1) is not { Rank: 2 } weight)
        {
            return "the weight is not stored in the model";
        }

        if (node.IntAttribute("transA", 0) != 0)
        {
            return "the activation is transposed (transA)";
        }

        bool hasBias = node.Input(2) is not null;
        if (node.FloatAttribute("alpha", 1) != 1 || (hasBias && node.FloatAttribute("beta", 1) != 1))
        {
            return "alpha or beta is not 1";
        }

        int axis = node.IntAttribute("transB", 0) != 0 ? 0 : 1;
        if (hasBias && node.Input(2)!.Constant is { } bias && !IsRow(bias, weight.Dims[axis]))
        {
            return $"the bias is {bias}, not one number per output";
        }

        return Bias(node, 2) is { } reason ? reason : new NodeRole
        {
            Kind = OperatorKind.Weighted,
            DataInputs = [0],
            WeightInput = 1,
            WeightAxis = axis,
            Reduction = ReductionOrder.OfMatrix(weight, transposed: axis == 0),
            BiasInput = hasBias ? 2 : null,
            CanLeaveFloat = true,
        };
    }

    /// <summary>QLinearMatMul or MatMulIntegerToFloat: a stored right factor has a scale per column; two activations have one each.</summary>
    public static Classification MatMul(Node node)
    {
        if (node.Input(0)?.Constant is not null)
        {
            return "the stored weight is the left factor, for which there is no kernel with unsigned activations";
        }

        if (node.Input(1)?.Constant is null)
        {
            return new NodeRole { Kind = OperatorKind.Arithmetic, DataInputs = [0, 1], CanLeaveFloat = true };
        }

        // Kernels take a stack of matrices, but refuse a zero point for each of its columns, and that only when they run.
        return StoredWeight(node, 1) is not { Rank: 2 } weight ? "the weight is not a single matrix" : new NodeRole
        {
            Kind = OperatorKind.Weighted,
            DataInputs = [0],
            WeightInput = 1,
            WeightAxis = 1,
            Reduction = ReductionOrder.OfMatrix(weight),
            CanLeaveFloat = true,
        };
    }

    /// <summary>One filter for each channel: its kernel multiplies channel by channel and sums in 32 bits.</summary>
    public static bool IsDepthwise(Node node, Tensor weight) => weight.Dims[1] == 1 && node.IntAttribute("group", 1) == weight.Dims[0] && weight.Dims[0] > 1;

    private static Tensor? StoredWeight(Node node, int input) =>
        node.Input(input)?.Constant is { Type: ElementType.Float32, Length: > 0 } weight ? weight : null;

    private static string? Bias(Node node, int input) => node.Input(input) switch
    {
        null => null,
        { Constant.Type: ElementType.Float32 } => null,
        _ => "the bias is not stored in the model",
    };

    private static bool IsRow(Tensor bias, long outputs) =>
        bias.Length == outputs && (bias.Rank == 1 || (bias.Rank == 2 && bias.Dims[0] == 1));
}
