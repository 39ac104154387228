using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Clamps;

/// <summary>min(max(x, Low), High) with constant float32 limits, infinite where there is none.</summary>
internal sealed record Clamp(Value Input, float Low, float High)
{
    /// <summary>Whether nothing is cut off.</summary>
    public bool IsWide => float.IsNegativeInfinity(Low) && float.IsPositiveInfinity(High);

    public bool IsRelu => Low == 0 && float.IsPositiveInfinity(High);

    /// <summary>What a Relu, Clip, or Max or Min with one number does; null for other nodes and limits that are not constant.</summary>
    public static Clamp? Of(Node node)
    {
        if (node.Domain.Length > 0 || node.Input(0) is not { } input)
        {
            return null;
        }

        switch (node.OpType)
        {
            // Relu of integers merges with nothing but itself, so its type does not matter.
            case "Relu":
                return new Clamp(input, 0, float.PositiveInfinity);
            case "Clip":
                return Limit(node.Input(1), float.NegativeInfinity) is { } low && Limit(node.Input(2), float.PositiveInfinity) is { } high
                    ? new Clamp(input, low, high)
                    : null;
            case "Max" or "Min" when node.Inputs.Count == 2 && node.Input(1) is { } second:
                (Value operand, Value limit) = second.Constant is null ? (second, input) : (input, second);
                if (operand.Constant is not null || limit.Constant is not { Type: ElementType.Float32, Length: 1 } number
                    || (number.Rank > 0 && !(operand.Shape?.Rank >= number.Rank)) || float.IsNaN(number.Span<float>()[0]))
                {
                    return null;
                }

                float value = number.Span<float>()[0];
                return node.Is("Max") ? new Clamp(operand, value, float.PositiveInfinity) : new Clamp(operand, float.NegativeInfinity, value);
            default:
                return null;
        }
    }

    /// <summary>Whether <paramref name="node"/>, which does this, is written as <see cref="ClipNormalForm"/> writes it.</summary>
    public bool IsNormal(Node node) => node.Is("Relu") || (node.Is("Clip") && !IsRelu && (!IsWide || node.Inputs.Count == 1));

    /// <summary>The largest finite number, as exporters write for no limit, counts as none.</summary>
    private static float? Limit(Value? value, float missing)
    {
        if (value is null)
        {
            return missing;
        }

        if (value.Constant is not { Type: ElementType.Float32, Length: 1 } constant || float.IsNaN(constant.Span<float>()[0]))
        {
            return null;
        }

        return constant.Span<float>()[0] switch
        {
            float.MaxValue => float.PositiveInfinity,
            float.MinValue => float.NegativeInfinity,
            var limit => limit,
        };
    }
}
