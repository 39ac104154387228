using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>How values of metrics read: shares as percent, decibels with their unit; <see cref="Wording"/> has the digits.</summary>
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
        MetricKind.Top1 or MetricKind.Agreement => Wording.Percent(value),
        MetricKind.Sqnr => Wording.Decibels(value),
        _ => Wording.Cosine(value),
    };

    /// <summary>A difference, without unit: points for shares.</summary>
    public static string Difference(MetricKind metric, double value) =>
        metric is MetricKind.Top1 or MetricKind.Agreement ? Wording.Number(Math.Round(value * 100, 1, MidpointRounding.AwayFromZero), "0.0") : Wording.Cosine(value);

    public static string Decibels(double value) => Wording.Decibels(value);

    public static string Number(double value, string format) => Wording.Number(value, format);

    /// <summary>As users write it in <c>MaxDrop</c>.</summary>
    public static string Limit(MetricKind metric, MaxDrop limit)
    {
        bool share = metric is MetricKind.Top1 or MetricKind.Agreement;
        string percent = Wording.Given(limit.Limit * 100) + "%";
        string plain = Wording.Given(limit.Limit);
        return limit.Kind switch
        {
            MaxDropKind.Relative => percent + " relative",
            MaxDropKind.Absolute when metric == MetricKind.Sqnr => $">={plain} dB",
            MaxDropKind.Absolute => ">=" + (share ? percent : plain),
            _ => share ? percent : plain,
        };
    }
}
