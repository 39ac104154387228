using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>One axis of an input, written as <c>input[0]</c>: many exporters leave the sizes that vary without a name.</summary>
/// <param name="Input">A graph input of known rank.</param>
/// <param name="Axis">From 0 to its rank.</param>
/// <param name="Pin">What names it.</param>
internal sealed record PinnedAxis(Value Input, int Axis, Pin Pin)
{
    /// <summary>The axis that a pin names, or null where it names none.</summary>
    public static PinnedAxis? Find(Pin pin, IReadOnlyList<Value> inputs)
    {
        int open = pin.Name.LastIndexOf('[');
        if (open < 0 || !pin.Name.EndsWith(']') || !int.TryParse(pin.Name.AsSpan(open + 1, pin.Name.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int axis))
        {
            return null;
        }

        Value? input = inputs.FirstOrDefault(i => pin.Name.AsSpan(0, open).Equals(i.Name, StringComparison.Ordinal));
        return axis < input?.Shape?.Rank ? new PinnedAxis(input, axis, pin) : null;
    }

    /// <summary>Makes it a number, and with it all sizes of the same name.</summary>
    /// <exception cref="QuantException">QBT1032: it is another number already.</exception>
    public void Fix(long size, PinnedSizes sizes, string file)
    {
        Dimension dimension = Input.Shape![Axis];
        if (dimension.Symbol is { } symbol)
        {
            sizes.Fix(symbol, size, Pin);
        }
        else if (dimension.Value is { } known && known != size)
        {
            throw QuantException.Error(Codes.BadPin, $"PinnedInputs sets '{Pin.Name}' to {size}, but the model's input '{Input.Name}' is {Input.Shape}. Leave it out.", file);
        }
        else
        {
            Input.Shape = new Shape([.. Input.Shape.Select((d, axis) => axis == Axis ? new Dimension(size) : d)]);
        }
    }
}
