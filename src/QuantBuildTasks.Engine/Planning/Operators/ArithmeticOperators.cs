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

        return All(node);
    }

    /// <summary>QLinearConcat: every input has its own scale.</summary>
    public static Classification Concat(Node node) =>
        node.Inputs.Any(i => i?.Constant is not null) ? "one input is a constant" : All(node);

    /// <summary>QLinearSigmoid, QLinearLeakyRelu, QLinearSoftmax.</summary>
    public static Classification Unary(Node node) => All(node);

    /// <summary>QLinearAveragePool and QLinearGlobalAveragePool, whose kernels know images (two spatial axes) and time series alike.</summary>
    public static Classification Pool(Node node) => node.Input(0)?.Shape is { Rank: < 3 } ? "it pools over fewer than three axes" : All(node);

    private static NodeRole All(Node node) => new() { Kind = OperatorKind.Arithmetic, DataInputs = [.. Enumerable.Range(0, node.Inputs.Count)] };
}
