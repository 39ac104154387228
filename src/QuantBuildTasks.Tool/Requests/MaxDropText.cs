using System.Globalization;
using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>
/// Reads the three forms of <c>MaxDrop</c>: points (<c>0.5%</c>; <c>0.01</c> for the cosine), relative (<c>1% relative</c>) and absolute
/// (<c>&gt;=91%</c>, <c>&lt;=12.5</c>; <c>20 dB</c> for SQNR).
/// </summary>
internal static partial class MaxDropText
{
    private const string Forms = "Write points (0.5%), a share of the float value (1% relative), or a limit (>=91%).";

    /// <param name="setting">The text.</param>
    /// <param name="metric">The metric that it holds for; null where the data decide, which may be any.</param>
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
        return match.Groups["bound"].Value switch
        {
            "<=" => throw setting.Invalid(
                $"A limit with <= is for metrics where less is better, but {(metric is { } m ? MetricText.Keyword(m) : "every metric of this version")} is better when it is higher. Write >= instead."),
            ">=" when relative => throw setting.Invalid("A limit with >= is absolute; leave out 'relative'."),
            ">=" => Absolute(setting, metric, number, unit),
            _ when relative => Relative(setting, metric, number, unit),
            _ when metric == MetricKind.Sqnr || unit == "DB" => Absolute(setting, metric, number, unit),
            _ => Points(setting, metric, number, unit),
        };
    }

    private static MaxDrop Points(Setting setting, MetricKind? metric, double number, string unit)
    {
        if (unit.Length == 0 && metric != MetricKind.Cosine)
        {
            throw setting.Invalid(
                $"The unit is missing: {setting.Value}% is {setting.Value} points. {Forms}");
        }

        double limit = unit == "%" ? number / 100 : number;
        return new MaxDrop(MaxDropKind.Points, InRange(setting, limit, 0, metric == MetricKind.Cosine ? 2 : 1));
    }

    private static MaxDrop Relative(Setting setting, MetricKind? metric, double number, string unit)
    {
        if (metric == MetricKind.Sqnr || unit != "%")
        {
            throw setting.Invalid(metric == MetricKind.Sqnr ? DecibelsOnly : "A relative limit is a percentage: 1% relative.");
        }

        return new MaxDrop(MaxDropKind.Relative, InRange(setting, number / 100, 0, 1));
    }

    private static MaxDrop Absolute(Setting setting, MetricKind? metric, double number, string unit)
    {
        switch (metric, unit)
        {
            case (MetricKind.Sqnr, "" or "DB"):
            case (null, "DB"):
                return new MaxDrop(MaxDropKind.Absolute, number);
            case (MetricKind.Sqnr, _):
                throw setting.Invalid(DecibelsOnly);
            case (_, "DB"):
                throw setting.Invalid($"Decibels are for the metric sqnr, and this is {MetricText.Keyword(metric!.Value)}. {Forms}");
            case (MetricKind.Cosine, ""):
                return new MaxDrop(MaxDropKind.Absolute, InRange(setting, number, -1, 1));
            case (_, "%"):
                return new MaxDrop(MaxDropKind.Absolute, InRange(setting, number / 100, 0, 1));
            default:
                throw setting.Invalid("The unit is missing: write >=91% for a share, or >=20 dB for SQNR.");
        }
    }

    private const string DecibelsOnly = "The limit of the metric sqnr is a floor in decibels: write 20 dB.";

    private static double InRange(Setting setting, double value, double low, double high) =>
        value >= low && value <= high
            ? value
            : throw setting.Invalid($"The value is out of range: as a fraction it must lie between {Plain(low)} and {Plain(high)}.");

    private static string Plain(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<bound>>=|<=)?\s*(?<number>[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<unit>%|dB)?\s*(?<relative>relative)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
