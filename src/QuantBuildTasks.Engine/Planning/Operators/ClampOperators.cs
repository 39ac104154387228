using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>
/// Relu and Clip. An output format whose range lies within the bounds saturates exactly where the operator would cut, so the node can go.
/// A range always holds 0 (padding and Relu need an exact zero), hence so must the bounds.
/// </summary>
internal static class ClampOperators
{
    public static Classification Any(Node node)
    {
        if (Bounds(node) is not { } bounds)
        {
            return "its bounds are not stored in the model, or cross";
        }

        return bounds.Low > 0 || bounds.High < 0
            ? "its bounds leave out zero, which an 8-bit format must hold"
            : new NodeRole { Kind = OperatorKind.Clamp, DataInputs = [0] };
    }

    public static bool IsClamp(Node node) => node.Is("Relu") || node.Is("Clip");

    /// <summary>The closed interval of the node's results, or null where the bounds are computed or the lower one is above the upper.</summary>
    public static (float Low, float High)? Bounds(Node node)
    {
        if (node.Is("Relu"))
        {
            return (0, float.PositiveInfinity);
        }

        return Bound(node, 1, float.NegativeInfinity) is { } low && Bound(node, 2, float.PositiveInfinity) is { } high && low <= high
            ? (low, high)
            : null;
    }

    private static float? Bound(Node node, int input, float missing) => node.Input(input) switch
    {
        null => missing,
        { Constant: { Type: ElementType.Float32, Length: 1 } bound } => bound.Span<float>()[0],
        _ => null,
    };
}
