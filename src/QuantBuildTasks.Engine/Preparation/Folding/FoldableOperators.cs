using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// The operators whose result is the same on every host: they move values, count sizes, compare, or do arithmetic that IEEE 754 or integer
/// arithmetic defines to the last bit. Exp, Softmax, MatMul and sums of floats are not among them: their last bits depend on the processor.
/// </summary>
internal static class FoldableOperators
{
    private static readonly HashSet<string> Elementwise =
    [
        "Add", "Sub", "Mul", "Div", "Min", "Max", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
        "And", "Or", "Xor", "Where", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor",
    ];

    /// <summary>No more elements than the first input has.</summary>
    private static readonly HashSet<string> NoLarger =
    [
        "Neg", "Abs", "Sqrt", "Floor", "Ceil", "Round", "Sign", "Not", "Relu", "Clip", "IsNaN", "IsInf", "BitwiseNot", "Cast", "CastLike",
        "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Trilu", "DepthToSpace", "SpaceToDepth",
        "ReverseSequence", "ReduceMax", "ReduceMin", "ScatterND", "ScatterElements",
    ];

    private static readonly HashSet<string> ExactForIntegers = ["ReduceSum", "ReduceProd", "CumSum"];

    private static readonly HashSet<string> Gathering = ["Gather", "GatherElements", "GatherND"];

    /// <summary>Their result's size follows from the inputs' values, which must be known before they run.</summary>
    private static readonly HashSet<string> Growing = ["ConstantOfShape", "Expand", "Tile", "Range", "Pad"];

    /// <summary>What the node would give, or null where it must not be evaluated, or not before its inputs are constants.</summary>
    /// <param name="node">A node without subgraphs whose inputs are constant or are being folded in the same go.</param>
    /// <param name="inputs">Its inputs, null where left out.</param>
    public static FoldedSize? Result(Node node, IReadOnlyList<FoldedSize?> inputs)
    {
        FoldedSize? first = inputs.Count > 0 ? inputs[0] : null;
        if (node.Domain.Length > 0 || inputs.Any(i => i is { IsFoldable: false }))
        {
            return null;
        }

        if (Growing.Contains(node.OpType))
        {
            return GrownSize.Of(node);
        }

        if (first is null)
        {
            return node.Is("Concat") ? Sum(inputs) : null;
        }

        return node.OpType switch
        {
            "Shape" => new FoldedSize(ElementType.Int64, first.Dims?.Length ?? 64),
            "Size" => new FoldedSize(ElementType.Int64, 1, []),
            "Concat" => Sum(inputs),
            "NonZero" => new FoldedSize(ElementType.Int64, first.Elements * Math.Max(1, first.Dims?.Length ?? 64)),
            "Cast" => IsSafeCast(node, first) ? first with { Type = (ElementType)node.IntAttribute("to", 0) } : null,
            "CastLike" => IsSafeCast(node, first) && inputs[1] is { } like ? first with { Type = like.Type } : null,
            "Div" or "Mod" when !first.IsFloat && !HasSafeDivisor(node) => null,
            "Mod" when first.IsFloat => null,
            _ when ExactForIntegers.Contains(node.OpType) => first.IsFloat ? null : first with { Dims = null },
            _ when NoLarger.Contains(node.OpType) => first with { Dims = null },
            _ when Gathering.Contains(node.OpType) => inputs[1] is { } indices ? new FoldedSize(first.Type, checked(first.Elements * Math.Max(1, indices.Elements))) : null,
            _ when Elementwise.Contains(node.OpType) => Broadcast(node, inputs),
            _ => null,
        };
    }

    private static FoldedSize Sum(IReadOnlyList<FoldedSize?> inputs) =>
        new(inputs[0]!.Type, inputs.Sum(i => i!.Elements));

    private static FoldedSize? Broadcast(Node node, IReadOnlyList<FoldedSize?> inputs)
    {
        if (inputs.Any(i => i is null))
        {
            return null;
        }

        ElementType type = node.OpType switch
        {
            "Equal" or "Greater" or "GreaterOrEqual" or "Less" or "LessOrEqual" or "And" or "Or" or "Xor" => ElementType.Bool,
            "Where" => inputs[1]!.Type,
            _ => inputs[0]!.Type,
        };
        return FoldedSize.Broadcast(type, inputs!);
    }

    /// <summary>A float beyond the integer's range becomes another integer on x64 than on arm64: only what is seen to fit is cast.</summary>
    private static bool IsSafeCast(Node node, FoldedSize from)
    {
        var to = (ElementType)node.IntAttribute("to", 0);
        if (!from.IsFloat || (node.Is("Cast") && to is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Bool))
        {
            return true;
        }

        // 2^24 is far inside int32 and int64; narrower targets are not worth the case distinction.
        return node.Is("Cast") && to is ElementType.Int32 or ElementType.Int64
            && node.Input(0)!.Constant is { Type: ElementType.Float32 } constant
            && Array.TrueForAll(constant.Span<float>().ToArray(), v => Math.Abs(v) <= 1 << 24);
    }

    /// <summary>Integer division by zero, or of the smallest number by −1, stops the process.</summary>
    private static bool HasSafeDivisor(Node node) => node.Input(1)!.Constant switch
    {
        { Type: ElementType.Int64 } divisor => Array.TrueForAll(divisor.Span<long>().ToArray(), d => d is not (0 or -1)),
        { Type: ElementType.Int32 } divisor => Array.TrueForAll(divisor.Span<int>().ToArray(), d => d is not (0 or -1)),
        _ => false,
    };
}
