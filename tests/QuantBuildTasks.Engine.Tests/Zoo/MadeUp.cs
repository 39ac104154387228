using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Judging;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Engine.Tests.Zoo;

/// <summary>Entries, references and rows that nobody measured.</summary>
internal static class MadeUp
{
    /// <summary>An entry with references given as recipe, metric, ratio and speed-up.</summary>
    public static ZooEntry Entry(MetricKind metric, params (string Recipe, double Value, double Ratio, double Speedup)[] references) => Entry("net", metric, references);

    public static ZooEntry Entry(string name, MetricKind metric, params (string Recipe, double Value, double Ratio, double Speedup)[] references)
    {
        string key = metric == MetricKind.Sqnr ? "sqnr_db" : metric == MetricKind.Perplexity ? "perplexity" : "top1";
        string json = string.Join(", ", references.Select(r => FormattableString.Invariant($$"""
            "{{r.Recipe}}": {"{{key}}": {{r.Value}}, "ratio": {{r.Ratio}}, "speedup": {{r.Speedup}}}
            """)));
        return new ZooEntry
        {
            Name = name,
            ModelPath = "",
            CalibrationData = [],
            ValidationData = [],
            Metric = metric,
            FloatValue = null,
            Output = null,
            BatchSize = null,
            BatchAxes = new Dictionary<string, int?>(),
            References = Peer.Read($"{{{json}}}"),
        };
    }

    /// <summary>A row for x64-vnni whose drop has an interval of ± <paramref name="half"/>.</summary>
    public static ZooRow Row(double? value, double ratio, double speedup, double? half = null, string recipe = "balanced") => new()
    {
        Entry = "net",
        Profile = "x64-vnni",
        Precision = "auto",
        Recipe = recipe,
        Value = value,
        Ratio = ratio,
        Speedup = speedup,
        DropLow = -half,
        DropHigh = half,
    };

    public static Field Field(ZooEntry entry, params ZooRow[] rows) => QuantBuildTasks.Zoo.Judging.Field.Of(entry, rows);
}
