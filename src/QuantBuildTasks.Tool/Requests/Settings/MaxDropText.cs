using System.Globalization;
using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>
/// Reads the three forms of <c>MaxDrop</c>: points (<c>0.5%</c>; <c>0.01</c> for the cosine and for numbers), relative (<c>1% relative</c>;
/// <c>2%</c> for numbers) and absolute (<c>&gt;=91%</c>, <c>&lt;=12.5</c>; <c>20 dB</c> for SQNR and PSNR).
/// </summary>
internal static partial class MaxDropText
{
    private const string Forms = "Write points (0.5%), a share of the float value (1% relative), or a limit (>=91%; <=12.5 where less is better).";

    /// <summary>
    /// One limit for each metric, in the same order and separated by <c>;</c>; an empty one is the metric's default. One alone holds for all metrics
    /// for which it has a meaning.
    /// </summary>
    /// <exception cref="QuantException">QBT1021: as <see cref="Parse"/>, or there are not as many limits as metrics.</exception>
    public static IReadOnlyList<MetricRequest> ParseFor(Setting setting, IReadOnlyList<MetricRequest> metrics)
    {
        string[] limits = setting.Value.Split(';', StringSplitOptions.TrimEntries);
        if (limits.Length == metrics.Count + 1 && limits[^1].Length == 0)
        {
            limits = limits[..^1];
        }

        if (limits.Length == 1 && metrics.Count > 1)
        {
            return ForAll(setting with { Value = limits[0] }, metrics);
        }

        return limits.Length == metrics.Count
            ? [.. metrics.Zip(limits, (m, limit) => limit.Length == 0 ? m : m with { MaxDrop = Parse(setting with { Value = limit }, m.Kind) })]
            : throw setting.Invalid($"These are {limits.Length} limits for {metrics.Count} {(metrics.Count == 1 ? "metric" : "metrics")}. Write one for each, in the same order, or one for all.");
    }

    private static List<MetricRequest> ForAll(Setting setting, IReadOnlyList<MetricRequest> metrics)
    {
        var limited = new List<MetricRequest>();
        QuantException? first = null;
        foreach (MetricRequest metric in metrics)
        {
            try
            {
                limited.Add(metric with { MaxDrop = Parse(setting, metric.Kind) });
            }
            catch (QuantException e)
            {
                // Decibels mean nothing to top1, nor points to sqnr: such a metric keeps its default, which the report shows.
                first ??= e;
                limited.Add(metric);
            }
        }

        return limited.Any(m => m.MaxDrop is not null) ? limited : throw first!;
    }

    /// <summary>One limit.</summary>
    /// <param name="setting">The text.</param>
    /// <param name="metric">The metric that it holds for; null where the data decide, which may be any that is better when it is higher.</param>
    /// <exception cref="QuantException">QBT1021: none of the forms, or none that has a meaning for the metric.</exception>
    public static MaxDrop Parse(Setting setting, MetricKind? metric)
    {
        Match match = Pattern().Match(setting.Value);
        if (!match.Success)
        {
            throw setting.Invalid(setting.Value.Contains(',', StringComparison.Ordinal) ? "Decimals are written with a point: 0.5%." : Forms);
        }

        double number = double.Parse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        string unit = match.Groups["unit"].Value.ToUpperInvariant();
        bool relative = match.Groups["relative"].Success;
        string bound = match.Groups["bound"].Value;
        bool down = metric?.LessIsBetter() ?? false;
        if (bound == (down ? ">=" : "<="))
        {
            string name = metric is { } m ? MetricText.Keyword(m) : "every metric that the data may decide for";
            throw setting.Invalid(down
                ? $"A limit with >= is for metrics where more is better, but {name} is better when it is lower. Write <= instead."
                : $"A limit with <= is for metrics where less is better, but {name} is better when it is higher. Write >= instead.");
        }

        return bound switch
        {
            not "" when relative => throw setting.Invalid($"A limit with {bound} is absolute; leave out 'relative'."),
            not "" => Absolute(setting, metric, number, unit),
            _ when relative || (metric?.Unit() == MetricUnit.Number && unit == "%") => Relative(setting, metric, number, unit),
            _ when metric?.Unit() == MetricUnit.Decibels || unit == "DB" => Absolute(setting, metric, number, unit),
            _ => Points(setting, metric, number, unit),
        };
    }

    private static MaxDrop Points(Setting setting, MetricKind? metric, double number, string unit)
    {
        bool share = metric is null || metric.Value.Unit() == MetricUnit.Share;
        if (unit.Length == 0 && share)
        {
            throw setting.Invalid(
                $"The unit is missing: {setting.Value}% is {setting.Value} points. {Forms}");
        }

        double limit = unit == "%" ? number / 100 : number;
        double most = share ? 1 : metric == MetricKind.Cosine ? 2 : double.MaxValue;
        return new MaxDrop(MaxDropKind.Points, InRange(setting, limit, 0, most));
    }

    private static MaxDrop Relative(Setting setting, MetricKind? metric, double number, string unit)
    {
        if (metric?.Unit() == MetricUnit.Decibels || unit != "%")
        {
            throw setting.Invalid(metric is { } m && m.Unit() == MetricUnit.Decibels ? DecibelsOnly(m) : "A relative limit is a percentage: 1% relative.");
        }

        // What falls cannot lose more than all; what rises can more than double.
        return new MaxDrop(MaxDropKind.Relative, InRange(setting, number / 100, 0, metric?.LessIsBetter() == true ? double.MaxValue : 1));
    }

    private static MaxDrop Absolute(Setting setting, MetricKind? metric, double number, string unit)
    {
        switch (metric?.Unit(), unit)
        {
            case (MetricUnit.Decibels, "" or "DB"):
            case (null, "DB"):
                return new MaxDrop(MaxDropKind.Absolute, number);
            case (MetricUnit.Decibels, _):
                throw setting.Invalid(DecibelsOnly(metric!.Value));
            case (_, "DB"):
                throw setting.Invalid($"Decibels are for the metric sqnr or psnr, and this is {MetricText.Keyword(metric!.Value)}. {Forms}");
            case (MetricUnit.Number, ""):
                return new MaxDrop(MaxDropKind.Absolute, InRange(setting, number, 0, double.MaxValue));
            case (MetricUnit.Number, _):
                throw setting.Invalid($"The metric {MetricText.Keyword(metric!.Value)} is no percentage: write <= and a number, or a share by which it may rise (2% relative).");
            case (MetricUnit.Cosine, ""):
                return new MaxDrop(MaxDropKind.Absolute, InRange(setting, number, -1, 1));
            case (_, "%"):
                return new MaxDrop(MaxDropKind.Absolute, InRange(setting, number / 100, 0, metric?.LessIsBetter() == true ? double.MaxValue : 1));
            default:
                throw setting.Invalid(metric?.LessIsBetter() == true
                    ? $"The unit is missing: write <={setting.Value[2..].Trim()}% for an error rate."
                    : "The unit is missing: write >=91% for a share, or >=20 dB for SQNR.");
        }
    }

    private static string DecibelsOnly(MetricKind metric) => $"The limit of the metric {MetricText.Keyword(metric)} is a floor in decibels: write 20 dB.";

    private static double InRange(Setting setting, double value, double low, double high) =>
        value >= low && value <= high
            ? value
            : throw setting.Invalid(high == double.MaxValue
                ? "The value is out of range: it must not be negative."
                : $"The value is out of range: as a fraction it must lie between {Plain(low)} and {Plain(high)}.");

    private static string Plain(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<bound>>=|<=)?\s*(?<number>[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<unit>%|dB)?\s*(?<relative>relative)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
