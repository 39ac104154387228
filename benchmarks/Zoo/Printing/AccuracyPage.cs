using System.Text;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Judging;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Printing;

/// <summary>The page docs/accuracy.md: what came out, what other tools reached, and what is to be said of it. The same rows give the same bytes.</summary>
internal static class AccuracyPage
{
    public static string Render(IReadOnlyList<ZooEntry> entries, IReadOnlyList<ZooRow> rows)
    {
        IReadOnlyList<ZooEntry> shown = [.. entries.Where(e => rows.Any(r => r.Entry == e.Name))];
        IReadOnlyList<JudgedSection> sections = [.. JudgedSection.All(shown, rows)];
        var page = new StringBuilder();
        page.Append($"""
            # Accuracy, size, speed and cost

            Written by

            ```
            dotnet run -c Release --project benchmarks/Zoo -- <zoo folder> --entries {string.Join(',', shown.Select(e => e.Name))} \
              --profiles {Names(rows, r => r.Profile)} --recipes {Names(rows, r => r.Recipe)} --precisions {Names(rows, r => r.Precision)} --page docs/accuracy.md
            ```

            and for passes and peak memory again with `--samples` or `--repeat-samples`. [benchmarks/Zoo](../benchmarks/Zoo/README.md) says what the columns mean and how each number is measured. Speeds, seconds and megabytes were measured on
            {Processors(rows)}; accuracy and sizes repeat exactly on the same kind. `benchmarks/Zoo/rows.json` has the rows as they were measured. Rows in italics are recipes of other tools, and `stored-int8`, the plainest idea of all: every weight as int8, computed in float32.

            | what is judged | holds | missed | cannot be told |
            |---|---|---|---|

            """);
        foreach (JudgedSection section in sections)
        {
            page.Append($"| [{section.Title}](#{section.Anchor}) | {section.Count(true)} | {section.Count(false)} | {section.Count(null)} |\n");
        }

        foreach (ZooEntry entry in shown)
        {
            Entry(page, entry, [.. rows.Where(r => r.Entry == entry.Name && r.RepeatedSamples is null)]);
        }

        foreach (JudgedSection section in sections)
        {
            section.Append(page);
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static void Entry(StringBuilder page, ZooEntry entry, IReadOnlyList<ZooRow> rows)
    {
        string metric = MetricText.Name(entry.Metric);
        page.Append($"""

            ## {entry.Name}

            | how | {metric} | SQNR dB | times smaller | times fast | integer share | basis | seconds | passes | peak MB | in memory | load time |
            |---|---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (ZooRow row in rows.Where(r => r.Error is null))
        {
            string value = row.Value is { } number ? StandingText.Value(entry.Metric, number) : "∞";
            string own = row.Fp32 is { } fp32 ? $" (float32 {StandingText.Value(entry.Metric, fp32)})" : "";
            string half = row is { DropLow: { } low, DropHigh: { } high } ? $" ± {StandingText.Half(entry.Metric, (high - low) / 2)}" : "";
            Line(
                page,
                $"{row.Profile}, {row.Precision}, {row.Recipe}",
                value + half + own,
                row.SqnrDb is { } db ? MetricText.Number(db, "0.0") : "∞",
                Number(row.Ratio, "0.00"),
                Number(row.Speedup, "0.00"),
                row.IntegerShare is { } share ? MetricText.Number(share * 100, "0.0") + " %" : "–",
                Basis(row),
                Number(row.Seconds, "0.00"),
                Number(row.Passes, "0.0"),
                Number(row.PeakMb, "0"),
                row is { FloatMemoryBytes: { } before, MemoryBytes: { } after } ? MetricText.Number((double)before / after, "0.00") + "× smaller" : "–",
                row.LoadRatio is { } load ? MetricText.Number(load, "0.00") + "×" : "–");
        }

        foreach (Peer peer in entry.References.Where(r => r.IsReference))
        {
            Line(
                page,
                $"*{peer.Recipe}*",
                peer.Value(entry.Metric) is { } value ? StandingText.Value(entry.Metric, value) : "–",
                Number(peer.SqnrDb, "0.0"),
                Number(peer.Ratio, "0.00"),
                Number(peer.Speedup, "0.00"),
                "",
                "native",
                Number(peer.Seconds, "0.00"),
                Number(peer.FloatPasses, "0.0"),
                Number(peer.PeakMegabytes, "0"),
                "",
                "");
        }

        foreach (ZooRow failed in rows.Where(r => r.Error is not null))
        {
            page.Append($"\n{failed.Profile}, {failed.Precision}, {failed.Recipe}: {failed.Error!.ReplaceLineEndings(" ")}\n");
        }
    }

    private static void Line(StringBuilder page, params string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Basis(ZooRow row) => row.EmulatedSamples is { } samples
        ? $"{row.Basis}: {row.EmulatedIdentical} of {samples} equal" + (row.EmulatedDecisionsApart is { } apart ? $", {apart} decisions apart" : "")
        : row.Basis ?? "–";

    private static string Processors(IReadOnlyList<ZooRow> rows) => string.Join(", ", rows.Where(r => r.Error is null).GroupBy(r => r.Processor ?? "a processor that was not recorded")
        .Select(g => $"{g.Key} ({string.Join(", ", g.Select(r => $"`{r.Profile}`").Distinct())})"));

    private static string Names(IReadOnlyList<ZooRow> rows, Func<ZooRow, string> name) => string.Join(',', rows.Select(name).Distinct());

    private static string Number(double? value, string format) => value is { } number ? MetricText.Number(number, format) : "–";
}
