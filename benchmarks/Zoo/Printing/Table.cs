using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Printing;

/// <summary>Prints rows as Markdown, a table for each profile, ours above the best of the peers: column by column, with the recipe that reached it.</summary>
internal static class Table
{
    private static readonly string[] Header =
        ["entry", "how", "times smaller", "integer share", "unfused weights", "metric", "SQNR dB", "times faster", "seconds", "float32 pass s", "passes", "peak MB", "basis"];

    public static void Print(TextWriter to, IReadOnlyList<ZooEntry> entries, IReadOnlyList<ZooRow> rows)
    {
        foreach (IGrouping<string, ZooRow> profile in rows.GroupBy(r => r.Profile))
        {
            to.WriteLine();
            to.WriteLine($"## {profile.Key}");
            to.WriteLine();
            var lines = new List<string[]>();
            foreach (IGrouping<string, ZooRow> entry in profile.GroupBy(r => r.Entry))
            {
                lines.AddRange(entry.Select(Ours));
                lines.Add(Best(entries.First(e => e.Name == entry.Key)));
            }

            Write(to, lines);
            foreach (ZooRow failed in profile.Where(r => r.Error is not null))
            {
                to.WriteLine();
                to.WriteLine($"{failed.Entry}, {failed.Precision}, {failed.Recipe}: {failed.Error}");
            }
        }
    }

    private static string[] Ours(ZooRow row) =>
    [
        row.Entry,
        $"{row.Precision}, {row.Recipe}" + (row.RepeatedSamples is { } count ? $", {count} samples" : ""),
        row.Error is null ? Number(row.Ratio, "0.00") : "failed",
        row.IntegerShare is { } share ? MetricText.Number(share * 100, "0.0") + " %" : "",
        row.UnfusedWeights is { } unfused ? MetricText.Number(unfused, "0") : "",
        Metric(row),
        row.Error is null && row.SqnrDb is null ? "∞" : Number(row.SqnrDb, "0.0"),
        Number(row.Speedup, "0.00"),
        Number(row.Seconds, "0.00"),
        Number(row.FloatPassSeconds, "0.000"),
        Number(row.Passes, "0.0"),
        Number(row.PeakMb, "0"),
        row.EmulatedSamples is { } samples ? $"{row.Basis}: {row.EmulatedIdentical} of {samples} equal, {row.EmulatedDecisionsApart} decisions apart" : row.Basis ?? "",
    ];

    private static string[] Best(ZooEntry entry) =>
    [
        entry.Name,
        "best of other tools",
        Most(entry, p => p.Ratio, "0.00"),
        "",
        "",
        entry.Metric.LessIsBetter() ? Least(entry, p => p.Value(entry.Metric), "0.0000") : Most(entry, p => p.Value(entry.Metric), entry.Metric == MetricKind.Sqnr ? "0.0" : "0.0000"),
        Most(entry, p => p.SqnrDb, "0.0"),
        Most(entry, p => p.Speedup, "0.00"),
        Least(entry, p => p.Seconds, "0.00"),
        "",
        Least(entry, p => p.FloatPasses, "0.0"),
        Least(entry, p => p.PeakMegabytes, "0"),
        "",
    ];

    private static string Metric(ZooRow row) => row.Value is null
        ? ""
        : $"{row.Metric} {Number(row.Value, "0.0000")}" + (row.Fp32 is { } fp32 ? $" (float32 {MetricText.Number(fp32, "0.0000")})" : "");

    private static string Most(ZooEntry entry, Func<Peer, double?> value, string format) => Reached(entry.Peers.Where(p => value(p) is not null).MaxBy(value), value, format);

    private static string Least(ZooEntry entry, Func<Peer, double?> value, string format) => Reached(entry.Peers.Where(p => value(p) is not null).MinBy(value), value, format);

    private static string Reached(Peer? peer, Func<Peer, double?> value, string format) => peer is null ? "" : $"{Number(value(peer), format)} ({peer.Recipe})";

    private static string Number(double? value, string format) => value is { } number ? MetricText.Number(number, format) : "";

    private static void Write(TextWriter to, List<string[]> lines)
    {
        int[] widths = [.. Header.Select((h, i) => Math.Max(h.Length, lines.Max(l => l[i].Length)))];
        Line(Header);
        to.WriteLine("|" + string.Concat(widths.Select(w => new string('-', w + 2) + "|")));
        lines.ForEach(Line);

        void Line(string[] cells) => to.WriteLine("|" + string.Concat(cells.Select((c, i) => $" {c.PadRight(widths[i])} |")));
    }
}
