using System.Globalization;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>The costs that a placement weighs: those of a <see cref="CostModel"/>, and what integers must save beyond them.</summary>
/// <param name="model">Times.</param>
/// <param name="noisePrice">ns for the accuracy that a node costs as integers; null: nothing.</param>
internal sealed class PlacementCosts(CostModel model, Func<Node, double?>? noisePrice)
{
    /// <summary>Times are known to some percent at best, and float32 is the exact form: where integers save less than this part, they do not pay.</summary>
    private const double Margin = 0.05;

    /// <summary>The costs on a profile; null for one without a table.</summary>
    /// <param name="profile">Where the model runs.</param>
    /// <param name="noisePrice">As in the constructor.</param>
    /// <param name="sizeOf">The shape of a value for one sample, or null where that is not known better than from the graph.</param>
    public static PlacementCosts? Of(HardwareProfile profile, Func<Node, double?>? noisePrice, Func<Value, Shape?>? sizeOf) =>
        profile.Costs is { } table ? new PlacementCosts(CostModel.Of(table, new ValueSizes(sizeOf)), noisePrice) : null;

    /// <summary>The node as float32, standing alone.</summary>
    public double Float32(Node node) => model.Float32(node);

    /// <summary>The node as integers, with its price.</summary>
    public double Int8(Node node) => (model.Int8(node) * (1 + Margin)) + Price(node);

    /// <summary>What a node costs more as integers where what it reads comes from a float32 one.</summary>
    public double BehindFloat(Node node) => model.BehindFloat(node);

    public double Quantize(Value value) => model.Quantize(value);

    public double Dequantize(Value value) => model.Dequantize(value);

    /// <summary>Why a node that could be integers is better left float32.</summary>
    public string Reason(Node node)
    {
        string basis = model.IsMeasured(node) ? "measured" : "estimated";
        string times = $"{Microseconds(model.Float32(node))} µs against {Microseconds(model.Int8(node))} µs {basis}";
        return model.Float32(node) <= model.Int8(node) * (1 + Margin) ? $"float32 is faster here: {times}"
            : Price(node) > 0 ? $"float32 is worth its time here, for accuracy: {times}"
            : $"converting its values would cost more than integers save here: {times}";
    }

    private double Price(Node node) => noisePrice?.Invoke(node) ?? 0;

    private static string Microseconds(double nanoseconds) => (nanoseconds / 1000).ToString(nanoseconds < 10_000 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
