using System.Globalization;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>How values of metrics read: shares as percent, decibels with their unit, always with a decimal point.</summary>
internal static class MetricText
{
    public static string Name(MetricKind metric) => metric switch
    {
        MetricKind.Top1 => "top-1",
        MetricKind.Agreement => "agreement",
        MetricKind.Cosine => "cosine",
        MetricKind.Sqnr => "SQNR",
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
    };

    /// <summary>As users write it in <c>Metric</c>.</summary>
    public static string Keyword(MetricKind metric) => metric.ToString().ToLowerInvariant();

    public static string Value(MetricKind metric, double value) => metric switch
    {
        MetricKind.Top1 or MetricKind.Agreement => $"{Points(value)} %",
        MetricKind.Sqnr => Decibels(value),
        _ => Number(value, "0.0000"),
    };

    /// <summary>A difference, without unit: points for shares.</summary>
    public static string Difference(MetricKind metric, double value) =>
        metric is MetricKind.Top1 or MetricKind.Agreement ? Points(value) : Number(value, "0.0000");

    public static string Decibels(double value) => double.IsPositiveInfinity(value) ? "∞ dB" : Number(value, "0.0") + " dB";

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>As users write it in <c>MaxDrop</c>.</summary>
    public static string Limit(MetricKind metric, MaxDrop limit)
    {
        bool share = metric is MetricKind.Top1 or MetricKind.Agreement;
        string percent = Number(limit.Limit * 100, "0.######") + "%";
        string plain = Number(limit.Limit, "0.######");
        return limit.Kind switch
        {
            MaxDropKind.Relative => percent + " relative",
            MaxDropKind.Absolute when metric == MetricKind.Sqnr => $">={plain} dB",
            MaxDropKind.Absolute => ">=" + (share ? percent : plain),
            _ => share ? percent : plain,
        };
    }

    // Half away from zero as people round, and no "-0.0".
    private static string Points(double share) => Number(Math.Round(share * 100, 1, MidpointRounding.AwayFromZero) + 0.0, "0.0");
}
