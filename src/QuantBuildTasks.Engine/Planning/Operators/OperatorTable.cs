using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>Which rule speaks for which operator. A new operator with an integer kernel is one line here, and its name in the profiles that run it.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, Func<Node, Classification>> Rules = new(StringComparer.Ordinal)
    {
        ["Conv"] = WeightedOperators.Conv,
        ["Gemm"] = WeightedOperators.Gemm,
        ["MatMul"] = WeightedOperators.MatMul,
        ["LSTM"] = RecurrentOperators.Lstm,
        ["Add"] = ArithmeticOperators.Binary,
        ["Mul"] = ArithmeticOperators.Binary,
        ["Concat"] = ArithmeticOperators.Concat,
        ["Sigmoid"] = ArithmeticOperators.Unary,
        ["LeakyRelu"] = ArithmeticOperators.Unary,
        ["Softmax"] = ArithmeticOperators.Unary,
        ["AveragePool"] = ArithmeticOperators.Pool,
        ["GlobalAveragePool"] = ArithmeticOperators.Pool,
        ["MaxPool"] = MoverOperators.MaxPool,
        ["Resize"] = MoverOperators.Resize,
        ["Reshape"] = MoverOperators.First,
        ["Flatten"] = MoverOperators.First,
        ["Transpose"] = MoverOperators.First,
        ["Squeeze"] = MoverOperators.First,
        ["Unsqueeze"] = MoverOperators.First,
        ["Slice"] = MoverOperators.First,
        ["Split"] = MoverOperators.First,
        ["Gather"] = MoverOperators.First,
        ["GatherElements"] = MoverOperators.First,
        ["Tile"] = MoverOperators.First,
        ["Expand"] = MoverOperators.First,
        ["DepthToSpace"] = MoverOperators.First,
        ["ReduceMax"] = MoverOperators.First,
        ["ReduceMin"] = MoverOperators.First,
        ["Relu"] = ClampOperators.Any,
        ["Clip"] = ClampOperators.Any,
    };

    /// <summary>Whether there is a rule for an operator of ONNX itself.</summary>
    public static bool Knows(string opType) => Rules.ContainsKey(opType);

    /// <summary>Whether the integer kernel of a node finds the ranges of what it reads by itself, so that calibration need not see them.</summary>
    public static bool FindsRanges(Node node) => node.Is("LSTM");

    /// <summary>Whether what a node gives is a product of what it reads, with roundings of its own: it does not hand on those of its input as they are.</summary>
    public static bool Multiplies(Node node) => node.Is("Conv") || node.Is("Gemm") || node.Is("MatMul");

    /// <summary>The role of a node on a profile, from its own form alone; what stands around it is <see cref="Placement"/>'s matter.</summary>
    public static Classification Classify(Node node, HardwareProfile profile)
    {
        if (node.Domain.Length > 0 || !Rules.TryGetValue(node.OpType, out Func<Node, Classification>? rule) || profile.Format != NumberFormat.Integer8 || !profile.Operators.Contains(node.OpType))
        {
            return $"{node.OpType} has no integer kernel on {profile.Name}";
        }

        Classification result = rule(node);
        if (result.Role is not { } role)
        {
            return result;
        }

        foreach (int index in role.DataInputs)
        {
            if (node.Input(index) is not { Type: ElementType.Float32 } input)
            {
                return $"input {index} is {node.Input(index)?.Type.ToString() ?? "missing"}, not float32";
            }

            if (role.Kind == OperatorKind.Weighted && input.Initializer is not null)
            {
                return $"input {index} is a constant";
            }
        }

        return result;
    }
}
