using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>How a standing reads: <c>91.68 %, 3.87× smaller, 2.23× fast</c>.</summary>
internal static class StandingText
{
    public static string Of(Standing standing) => $"{Value(standing)}, {Times(standing.Ratio)} smaller, {Times(standing.Speedup)} fast";

    public static string Value(Standing standing) => Value(standing.Metric, standing.Value);

    /// <summary>With two digits after the point for shares, one for decibels.</summary>
    public static string Value(MetricKind metric, double value) => metric.Unit() switch
    {
        MetricUnit.Share => MetricText.Number(value * 100, "0.00") + " %",
        MetricUnit.Decibels => double.IsPositiveInfinity(value) ? "∞ dB" : MetricText.Number(value, "0.0") + " dB",
        _ => MetricText.Number(value, "0.0000"),
    };

    /// <summary>Half an interval, in points for shares.</summary>
    public static string Half(MetricKind metric, double value) => MetricText.Number(metric.Unit() == MetricUnit.Share ? value * 100 : value, metric.Unit() == MetricUnit.Share ? "0.00" : "0.0000");

    public static string Times(double factor) => MetricText.Number(factor, "0.00") + "×";
}
