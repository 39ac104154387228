using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Ranges that follow from the operator, whatever the data.</summary>
internal static class KnownRange
{
    // The least values of x·HardSigmoid(x) with α = 1/6 and β = ½ (at −1.5), of x·Sigmoid(x) (at −1.2785) and of Gelu (at −0.7518; with tanh it is 0.17004), rounded away from zero.
    private const double LeastHardSwish = -0.375;
    private const double LeastSilu = -0.2785;
    private const double LeastGelu = -0.1701;

    /// <summary>The range that needs no observation, or null.</summary>
    public static (double Min, double Max)? Of(Value value) =>
        value.Producer is { Domain: "", OpType: "Sigmoid" or "Softmax" or "HardSigmoid" } ? (0, 1) : null;

    /// <summary>Narrows an observed range by what the producer can give: a range that was widened, or scaled with the layers around, covers nothing that cannot come.</summary>
    public static (double Min, double Max) Narrow(Value value, (double Min, double Max) observed) =>
        value.Producer is { Domain: "" } node && Bounds(node) is { } bounds
            ? (Math.Clamp(observed.Min, bounds.Low, bounds.High), Math.Clamp(observed.Max, bounds.Low, bounds.High))
            : observed;

    /// <summary>The finite bounds of a value that a Clip gives, which it reaches wherever it cuts; null for others.</summary>
    public static (float Low, float High)? Reachable(Value value) =>
        value.Producer is { } node && node.Is("Clip") && ClampOperators.Bounds(node) is { } bounds && float.IsFinite(bounds.Low) && float.IsFinite(bounds.High) ? bounds : null;

    private static (double Low, double High)? Bounds(Node node) => node.OpType switch
    {
        "Relu" or "Clip" => ClampOperators.Bounds(node),
        "Tanh" or "Softsign" or "Erf" or "Sin" or "Cos" => (-1, 1),
        "Abs" or "Exp" or "Sqrt" or "Softplus" => (0, double.PositiveInfinity),
        "Elu" => (-Math.Abs(node.FloatAttribute("alpha", 1)), double.PositiveInfinity),
        "HardSwish" => (LeastHardSwish, double.PositiveInfinity),
        "Gelu" => (LeastGelu, double.PositiveInfinity),
        "Mul" => LeastGated(node.Input(0)!, node.Input(1)!) ?? LeastGated(node.Input(1)!, node.Input(0)!),
        _ => null,
    };

    /// <summary>Of a product of a value and a gate that is a function of the same value.</summary>
    private static (double Low, double High)? LeastGated(Value value, Value gate) => gate.Producer is not { } node || node.Input(0) != value ? null
        : node.Is("Sigmoid") ? (LeastSilu, double.PositiveInfinity)
        : node.Is("HardSigmoid") && Math.Abs(node.FloatAttribute("alpha", 0.2f) - (1 / 6f)) < 1e-6f && node.FloatAttribute("beta", 0.5f) == 0.5f ? (LeastHardSwish, double.PositiveInfinity)
        : null;
}
