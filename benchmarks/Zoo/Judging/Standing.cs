using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>Where an artifact stands: accuracy, size and speed, the three that trade against each other.</summary>
internal sealed record Standing
{
    /// <summary>A row's precision and recipe, or a reference's recipe.</summary>
    public required string Name { get; init; }

    public required MetricKind Metric { get; init; }

    /// <summary>In the metric's unit; +∞ dB where the outputs are equal.</summary>
    public required double Value { get; init; }

    /// <summary>Half the 95 % interval of the difference from float32 on the same samples; 0 where the metric has none.</summary>
    public double HalfInterval { get; init; }

    /// <summary>Float bytes ÷ artifact bytes.</summary>
    public required double Ratio { get; init; }

    /// <summary>Float time ÷ artifact time.</summary>
    public required double Speedup { get; init; }

    /// <summary>How much better another value is than ours, in the metric's unit; negative where it is worse.</summary>
    public double Shortfall(double other) =>
        Value.Equals(other) ? 0 : Metric.LessIsBetter() ? Value - other : other - Value;

    /// <summary>Our value as a share of another one: below 1 it is worse.</summary>
    public double ShareOf(double other) => Value.Equals(other) ? 1 : Metric.LessIsBetter() ? other / Value : Value / other;

    /// <summary>Null where the row failed, or a number of the three was not measured.</summary>
    public static Standing? Of(ZooRow row, ZooEntry entry)
    {
        double? value = row.Value ?? (entry.Metric.Unit() == MetricUnit.Decibels ? double.PositiveInfinity : null);
        return row is { Error: null, Ratio: { } ratio, Speedup: { } speedup } && value is { } measured
            ? new Standing
            {
                Name = $"{row.Precision}, {row.Recipe}",
                Metric = entry.Metric,
                Value = measured,
                HalfInterval = row is { DropLow: { } low, DropHigh: { } high } ? (high - low) / 2 : 0,
                Ratio = ratio,
                Speedup = speedup,
            }
            : null;
    }

    /// <summary>Null where a number of the three is missing.</summary>
    public static Standing? Of(Peer reference, ZooEntry entry) =>
        reference is { Ratio: { } ratio, Speedup: { } speedup } && reference.Value(entry.Metric) is { } value
            ? new Standing { Name = reference.Recipe, Metric = entry.Metric, Value = value, Ratio = ratio, Speedup = speedup }
            : null;
}
