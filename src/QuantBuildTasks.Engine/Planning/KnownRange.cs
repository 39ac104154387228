using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Ranges that follow from the operator, whatever the data.</summary>
internal static class KnownRange
{
    /// <summary>Narrows an observed range by what the producer can give; Sigmoid and Softmax need no observation.</summary>
    public static (double Min, double Max) Narrow(Value value, double min, double max)
    {
        if (value.Producer is not { Domain: "" } node)
        {
            return (min, max);
        }

        switch (node.OpType)
        {
            case "Sigmoid" or "Softmax" or "HardSigmoid":
                return (0, 1);
            case "Relu" or "Clip" when ClampOperators.Bounds(node) is { } bounds:
                return (Math.Clamp(min, bounds.Low, bounds.High), Math.Clamp(max, bounds.Low, bounds.High));
            default:
                return (min, max);
        }
    }
}
