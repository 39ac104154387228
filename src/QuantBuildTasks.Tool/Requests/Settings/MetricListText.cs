using System.Globalization;
using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>
/// Reads <c>Metric</c>: one or more metrics separated by <c>;</c>, each a keyword, perhaps options in parentheses, and perhaps the output that it
/// looks at: <c>top1:logits;cer(blank=31, …):text</c>.
/// </summary>
internal static partial class MetricListText
{
    /// <exception cref="QuantException">QBT1021: a metric or an option that does not exist, or whose value means nothing.</exception>
    public static IReadOnlyList<MetricRequest> Parse(Setting setting) =>
        setting.Items is { Count: > 0 } items ? [.. items.Select(i => ParseOne(setting, i))] : throw setting.Invalid("Name at least one metric.");

    private static MetricRequest ParseOne(Setting setting, string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success)
        {
            throw setting.Invalid($"'{text}' is no metric. Write its name, options in parentheses, and after a colon the output: top1, iou(ignore=255), sqnr:boxes.");
        }

        MetricKind kind = Choices.Metric.Parse(setting, match.Groups["word"].Value);
        MetricOptions options = MetricOptions.None;
        foreach (string option in match.Groups["options"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            options = With(setting, kind, options, option);
        }

        return kind == MetricKind.Wer && options.Separator is null
            ? throw setting.Invalid("The metric wer must be told which class stands between words: wer(separator=28) where it is class 28.")
            : new MetricRequest(kind) { Options = options, Output = match.Groups["output"] is { Success: true } output ? output.Value : null };
    }

    private static MetricOptions With(Setting setting, MetricKind kind, MetricOptions options, string text)
    {
        string[] parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
        string[] known = Names(kind);
        string keyword = MetricText.Keyword(kind);
        string? name = known.FirstOrDefault(n => n.Equals(parts[0], StringComparison.OrdinalIgnoreCase));
        if (name is null)
        {
            throw setting.Invalid(known.Length == 0
                ? $"The metric {keyword} has no options."
                : $"The metric {keyword} has no option '{parts[0]}'.{Suggestion.For(parts[0], known)} It has: {string.Join(", ", known)}.");
        }

        string value = parts.Length > 1 ? parts[1] : "";
        return name switch
        {
            "peak" when Number(value) is { } peak and > 0 => options with { Peak = peak },
            "threshold" when Number(value) is { } threshold => options with { Threshold = threshold },
            "ignore" when Class(value) is { } ignore => options with { Ignore = ignore },
            "blank" when Class(value) is { } blank => options with { Blank = blank },
            "separator" when Class(value) is { } separator => options with { Separator = separator },
            _ => throw setting.Invalid($"The option '{name}' of the metric {keyword} is \"{value}\". Write {Wanted(name)}."),
        };
    }

    private static string[] Names(MetricKind kind) => kind switch
    {
        MetricKind.Psnr => ["peak"],
        MetricKind.Iou => ["ignore", "threshold"],
        MetricKind.Cer => ["blank"],
        MetricKind.Wer => ["separator", "blank"],
        _ => [],
    };

    private static string Wanted(string name) => name switch
    {
        "peak" => "a number above 0, such as peak=255",
        "threshold" => "a number, such as threshold=0.5",
        _ => $"the number of a class, such as {name}=28",
    };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static int? Class(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    // Names of outputs may hold anything, colons and parentheses too.
    [GeneratedRegex(@"^(?<word>[\w-]+)\s*(\((?<options>[^)]*)\)\s*)?(:\s*(?<output>.+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
