using System.Globalization;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>Why a node must compute in float32, from what calibration saw of the tensors that it reads and gives.</summary>
/// <param name="rangeOf">The smallest and the largest number of an activation.</param>
internal sealed class RangeRules(Func<Value, (double Min, double Max)> rangeOf)
{
    /// <summary>The reason, or null for float16.</summary>
    public string? Reason(Node node) => Read(node) ?? Given(node) ?? ReductionBound.Reason(node, Largest) ?? SmallInput(node);

    private string? Read(Node node)
    {
        foreach (Value input in Float16Ports.Inputs(node).Select(i => node.Input(i)!).Where(v => v.Constant is null))
        {
            if (Largest(input) is > Float16Range.LargestCalibrated and var largest)
            {
                return $"its input '{input.Name}' reaches {Text(largest)}; float16 ends at 65,504, of which a quarter is let in";
            }
        }

        return null;
    }

    private string? Given(Node node)
    {
        foreach (Value output in Float16Ports.Outputs(node).Select(node.Output))
        {
            switch (Largest(output))
            {
                case > Float16Range.LargestCalibrated and var largest:
                    return $"its results reach {Text(largest)}; float16 ends at 65,504, of which a quarter is let in";
                case > 0 and < Float16Range.SmallestNormal and var largest:
                    return $"its results reach {Text(largest)} at most, where float16 has few digits left";
            }
        }

        return null;
    }

    /// <summary>Where a small number makes a large difference: under a root or a logarithm, or as a divisor.</summary>
    private string? SmallInput(Node node)
    {
        int position = node.Is("Sqrt") || node.Is("Log") || node.Is("Reciprocal") ? 0 : node.Is("Div") ? 1 : -1;
        if (position < 0 || node.Input(position) is not { Constant: null } input)
        {
            return null;
        }

        (double min, double max) = rangeOf(input);
        double smallest = min >= 0 ? min : max <= 0 ? -max : double.PositiveInfinity;
        return smallest < Float16Range.SmallestNormal
            ? $"its input '{input.Name}' comes down to {Text(smallest)}, where float16 has few digits left"
            : null;
    }

    private double Largest(Value value)
    {
        (double min, double max) = rangeOf(value);
        return Math.Max(Math.Abs(min), Math.Abs(max));
    }

    private static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
