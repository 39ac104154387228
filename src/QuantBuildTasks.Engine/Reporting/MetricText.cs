using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>How values of metrics read: shares as percent, decibels with their unit; <see cref="Wording"/> has the digits.</summary>
internal static class MetricText
{
    public static string Name(MetricKind metric) => GateText.Name(metric);

    /// <summary>As users write it in <c>Metric</c>.</summary>
    public static string Keyword(MetricKind metric) => metric.ToString().ToLowerInvariant();

    /// <summary>A metric of one output as users write it: <c>cer(blank=31):logits</c>.</summary>
    public static string Written(MetricRequest request)
    {
        MetricOptions o = request.Options;
        (string Name, double? Value)[] options =
        [
            ("peak", o.Peak), ("ignore", o.Ignore), ("threshold", o.Threshold), ("blank", o.Blank == 0 ? null : o.Blank), ("separator", o.Separator),
        ];
        string[] given = [.. options.Where(x => x.Value is not null).Select(x => $"{x.Name}={Wording.Given(x.Value!.Value)}")];
        string keyword = request.Kind is { } kind ? Keyword(kind) : "";
        return keyword + (given.Length > 0 ? $"({string.Join(", ", given)})" : "") + (request.Output is { } output ? ":" + output : "");
    }

    public static string Value(MetricKind metric, double value) => metric.Unit() switch
    {
        MetricUnit.Share => Wording.Percent(value),
        MetricUnit.Decibels => Wording.Decibels(value),
        MetricUnit.Cosine => Wording.Cosine(value),
        _ => Wording.Significant(value),
    };

    /// <summary>A difference, without unit: points for shares.</summary>
    public static string Difference(MetricKind metric, double value) => metric.Unit() switch
    {
        MetricUnit.Share => Wording.Number(Math.Round(value * 100, 1, MidpointRounding.AwayFromZero), "0.0"),
        MetricUnit.Cosine => Wording.Cosine(value),
        _ => Wording.Significant(value, 2),
    };

    public static string Decibels(double value) => Wording.Decibels(value);

    public static string Number(double value, string format) => Wording.Number(value, format);

    /// <summary>As users write it in <c>MaxDrop</c>.</summary>
    public static string Limit(MetricKind metric, MaxDrop limit)
    {
        bool share = metric.Unit() == MetricUnit.Share;
        string percent = Wording.Given(limit.Limit * 100) + "%";
        string plain = Wording.Given(limit.Limit);
        string bound = metric.LessIsBetter() ? "<=" : ">=";
        return limit.Kind switch
        {
            MaxDropKind.Relative => percent + " relative",
            MaxDropKind.Absolute when metric.Unit() == MetricUnit.Decibels => $">={plain} dB",
            MaxDropKind.Absolute => bound + (share ? percent : plain),
            _ => share ? percent : plain,
        };
    }
}
