using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>Add, Sub, Mul or Div of a value and a float32 constant, seen as y = s·x + t.</summary>
/// <param name="Node">The node.</param>
/// <param name="Operand">What is not constant.</param>
/// <param name="Constant">What is.</param>
/// <param name="ConstantFirst">Whether the constant is the left operand.</param>
internal sealed record ElementwiseConstant(Node Node, Value Operand, Tensor Constant, bool ConstantFirst)
{
    /// <summary>The node seen that way, or null where it is none of the four, has no constant, or divides by the value.</summary>
    public static ElementwiseConstant? Of(Node node)
    {
        if (!(node.Is("Add") || node.Is("Sub") || node.Is("Mul") || node.Is("Div")) || node.Input(0) is not { } left || node.Input(1) is not { } right)
        {
            return null;
        }

        return (left.Constant, right.Constant) switch
        {
            (null, { Type: ElementType.Float32 } constant) => new(node, left, constant, false),
            ({ Type: ElementType.Float32 } constant, null) when !node.Is("Div") => new(node, right, constant, true),
            _ => null,
        };
    }

    /// <summary>s and t, element by element of <paramref name="constant"/>.</summary>
    public (double[] Scale, double[] Shift) Affine(double[] constant) => Node.OpType switch
    {
        "Mul" => (constant, new double[constant.Length]),
        "Div" => (Array.ConvertAll(constant, c => 1 / c), new double[constant.Length]),
        "Add" => (Ones(constant.Length, 1), constant),
        _ when ConstantFirst => (Ones(constant.Length, -1), constant),
        _ => (Ones(constant.Length, 1), Array.ConvertAll(constant, c => -c)),
    };

    private static double[] Ones(int length, double value)
    {
        var ones = new double[length];
        Array.Fill(ones, value);
        return ones;
    }
}
