using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>Operators that compute on activations alone and have a QLinear kernel with free scales.</summary>
internal static class ArithmeticOperators
{
    /// <summary>QLinearAdd, QLinearMul: a stored operand becomes an 8-bit constant with one scale.</summary>
    public static Classification Binary(Node node)
    {
        if (node.Input(0)?.Constant is not null && node.Input(1)?.Constant is not null)
        {
            return "both operands are constants";
        }

        if (node.Is("Add") && node.Inputs.Any(i => i?.Producer is { } producer && producer.Is("MatMul"))
            && node.Inputs.Any(i => i?.Constant is not null))
        {
            return "it adds the bias of a MatMul, whose result stays float32 for that";
        }

        return node.Inputs.Any(i => i?.Constant is { Type: ElementType.Float32 } constant && IsMask(constant))
            ? "its constant holds infinities or numbers beyond ±10,000, as masks do: one 8-bit range cannot hold them beside activations"
            : All(node);
    }

    /// <summary>QLinearConcat: every input has its own scale.</summary>
    public static Classification Concat(Node node) =>
        node.Inputs.Any(i => i?.Constant is not null) ? "one input is a constant" : All(node);

    /// <summary>QLinearSigmoid, QLinearLeakyRelu, QLinearSoftmax.</summary>
    public static Classification Unary(Node node) => All(node);

    /// <summary>QLinearAveragePool and QLinearGlobalAveragePool, whose kernels know images (two spatial axes) and time series alike.</summary>
    public static Classification Pool(Node node) => node.Input(0)?.Shape is { Rank: < 3 } ? "it pools over fewer than three axes"
        : node.IntsAttribute("dilations") is { } dilations && Array.Exists(dilations, d => d != 1) ? "its window is dilated, which the integer kernel does not know"
        : All(node);

    private static bool IsMask(Tensor constant)
    {
        const float Usual = 10_000;
        foreach (float value in constant.Span<float>())
        {
            if (!(Math.Abs(value) <= Usual))
            {
                return true;
            }
        }

        return false;
    }

    private static NodeRole All(Node node) => new() { Kind = OperatorKind.Arithmetic, DataInputs = [.. Enumerable.Range(0, node.Inputs.Count)] };
}
