using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Printing;

/// <summary>The short table of the README: one line for each row that came out, put between two marks so that nobody copies numbers by hand.</summary>
internal static class ReadmeTable
{
    private const string Begin = "<!-- measured: begin -->";
    private const string End = "<!-- measured: end -->";

    /// <summary>Replaces what stands between the marks of a file.</summary>
    /// <exception cref="InvalidDataException">The marks are missing.</exception>
    public static void Update(string path, IReadOnlyList<ZooEntry> entries, IReadOnlyList<ZooRow> rows)
    {
        string text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"'{path}' needs the lines {Begin} and {End}.");
        }

        File.WriteAllText(path, $"{text[..(begin + Begin.Length)]}\n{Render(entries, rows)}{text[end..]}");
    }

    private static string Render(IReadOnlyList<ZooEntry> entries, IReadOnlyList<ZooRow> rows)
    {
        List<string> lines =
        [
            "| model, profile, recipe | times smaller | metric (float32) | SQNR | times faster | integer share | quantizing ÷ one float32 pass | best of other tools: smaller, metric, faster, passes |",
            "|---|---|---|---|---|---|---|---|",
        ];
        lines.AddRange(rows.Where(r => r.Error is null).Select(r => Line(r, entries.First(e => e.Name == r.Entry))));
        return string.Join('\n', lines) + "\n";
    }

    private static string Line(ZooRow row, ZooEntry entry)
    {
        string peers = string.Join(
            ", ",
            Best(entry, p => p.Ratio, "0.00", largest: true),
            Best(entry, p => p.Value(entry.Metric), entry.Metric == MetricKind.Sqnr ? "0.0" : "0.0000", largest: !entry.Metric.LessIsBetter()),
            Best(entry, p => p.Speedup, "0.00", largest: true),
            Best(entry, p => p.FloatPasses, "0.0", largest: false));
        string metric = $"{row.Metric} {Number(row.Value, "0.0000")}" + (row.Fp32 is null ? "" : $" ({Number(row.Fp32, "0.0000")})");
        return $"| {row.Entry}, {row.Profile}, {row.Recipe} | {Number(row.Ratio, "0.00")} | {metric} | {Number(row.SqnrDb, "0.0")} dB | {Number(row.Speedup, "0.00")} "
            + $"| {Number(row.IntegerShare * 100, "0.0")} % | {Number(row.Passes, "0.0")} | {peers} |";
    }

    private static string Best(ZooEntry entry, Func<Peer, double?> value, string format, bool largest)
    {
        double[] reached = [.. entry.Peers.Select(value).OfType<double>()];
        return reached.Length == 0 ? "–" : MetricText.Number(largest ? reached.Max() : reached.Min(), format);
    }

    private static string Number(double? value, string format) => value is { } number ? MetricText.Number(number, format) : "–";
}
