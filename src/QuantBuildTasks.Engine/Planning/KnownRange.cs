using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Ranges that follow from the operator, whatever the data.</summary>
internal static class KnownRange
{
    /// <summary>The range that needs no observation, or null.</summary>
    public static (double Min, double Max)? Of(Value value) =>
        value.Producer is { Domain: "", OpType: "Sigmoid" or "Softmax" or "HardSigmoid" } ? (0, 1) : null;

    /// <summary>Narrows an observed range by what the producer can give.</summary>
    public static (double Min, double Max) Narrow(Value value, (double Min, double Max) observed) =>
        value.Producer is { Domain: "", OpType: "Relu" or "Clip" } node && ClampOperators.Bounds(node) is { } bounds
            ? (Math.Clamp(observed.Min, bounds.Low, bounds.High), Math.Clamp(observed.Max, bounds.Low, bounds.High))
            : observed;
}
