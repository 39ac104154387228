using System.Globalization;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>The costs that a placement weighs: those of a <see cref="CostModel"/>, and what integers must save beyond them.</summary>
/// <param name="model">Times.</param>
/// <param name="noise">What accuracy is worth; null: nothing.</param>
internal sealed class PlacementCosts(CostModel model, INoisePrice? noise)
{
    /// <summary>Times are known to some percent at best, and float32 is the exact form: where integers save less than this part, they do not pay.</summary>
    private const double Margin = 0.05;

    /// <summary>Of whole models the times are known no better than so: where all integers together save less than this part of the model's time, none do. Nor where they save it on some of a profile's processors and lose as much on another.</summary>
    private const double LeastOfModel = 0.03;

    /// <summary>The costs on a profile; null where nothing is known and nothing asked for: then integers are taken wherever there is a kernel.</summary>
    /// <param name="profile">Where the model runs.</param>
    /// <param name="graph">Its main graph.</param>
    /// <param name="noise">As in the constructor.</param>
    /// <param name="sizeOf">The shape of a value for one sample, or null where that is not known better than from the graph.</param>
    public static PlacementCosts? Of(HardwareProfile profile, Graph graph, INoisePrice? noise, Func<Value, Shape?>? sizeOf) =>
        profile.Costs is null && noise is null ? null : new PlacementCosts(CostModel.Of(profile, graph, new ValueSizes(sizeOf)), noise);

    /// <summary>The node as float32, standing alone, without what its weights cost in accuracy.</summary>
    public double Float32(Node node) => model.Float32(node);

    /// <summary>The node as integers, without what it costs in accuracy.</summary>
    public double Int8(Node node) => model.Int8(node) * (1 + Margin);

    /// <summary>What accuracy is worth, in ns; null: nothing.</summary>
    public INoisePrice? Noise => noise;

    /// <summary>Whether a node that has no say in what stands around it is better float32.</summary>
    public bool IsBetterFloat(Node node) => Float32(node) + (noise?.OfFloat32(node) ?? 0) <= Int8(node) + (noise?.OfInteger(node) ?? 0);

    /// <summary>What a node costs more as integers where what it reads comes from a float32 one.</summary>
    public double BehindFloat(Node node) => model.BehindFloat(node);

    public double Quantize(Value value) => model.Quantize(value);

    public double Dequantize(Value value) => model.Dequantize(value);

    /// <summary>The same with more weight on the processor of a mean on which a placement loses more than is known of a model's time; null where it does on none.</summary>
    /// <param name="graph">The main graph.</param>
    /// <param name="precisionOf">What each node runs in.</param>
    public PlacementCosts? Leaning(Graph graph, Func<Node, NodePrecision> precisionOf)
    {
        IReadOnlyList<double> saved = model.Saved(graph, precisionOf).Parts;
        return saved.Count > 0 && saved.Min() is var least && least < -LeastOfModel ? new PlacementCosts(model.Leaning(saved.Index().First(s => s.Item == least).Index), noise) : null;
    }

    /// <summary>Why integers do not pay all together; null where they do.</summary>
    /// <param name="graph">The main graph.</param>
    /// <param name="precisionOf">What each node runs in.</param>
    public string? TooLittle(Graph graph, Func<Node, NodePrecision> precisionOf)
    {
        (double mean, IReadOnlyList<double> parts) = model.Saved(graph, precisionOf);
        double least = parts.Append(mean).Min();
        return mean < LeastOfModel ? $"all integers together would save {Percent(mean)} of the model's time, which is less than is known of it"
            : least < -LeastOfModel ? $"all integers together would save {Percent(mean)} of the model's time in the mean of the processors it is for, and take {Percent(-least)} more on one of them"
            : null;
    }

    /// <summary>Why a node that could be integers is better left float32.</summary>
    public string Reason(Node node)
    {
        string basis = model.IsMeasured(node) ? "measured" : "estimated";
        string times = $"{Microseconds(model.Float32(node))} µs against {Microseconds(model.Int8(node))} µs {basis}";
        return model.Float32(node) <= model.Int8(node) * (1 + Margin) ? $"float32 is faster here: {times}"
            : $"converting its values would cost more than integers save here: {times}";
    }

    private static string Percent(double part) => $"{(part * 100).ToString("0.0", CultureInfo.InvariantCulture)} %";

    private static string Microseconds(double nanoseconds) => (nanoseconds / 1000).ToString(nanoseconds < 10_000 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
