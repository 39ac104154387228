using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>
/// One line that says what a model became for a profile:
/// <c>fashion.onnx → x64-vnni: int8, 3.9× smaller, top-1 91.6 % (float32 91.7 %, drop 0.1 ± 0.2), 1.9× faster</c>. What is small in the file alone says so:
/// <c>3.9× smaller (same size in memory)</c>.
/// </summary>
internal static class ResultLine
{
    /// <summary>A session that is larger than the file by less than this is as large, to a reader.</summary>
    private const double MostGrowth = 1.1;

    public static string Of(QuantJob job, QuantVariant variant)
    {
        ValidationReport report = variant.Report;
        var parts = new List<string> { Precision(variant.Plan), Size(report) + InMemory(variant), Metric(report) };
        if (report.Speedup is { } speedup)
        {
            parts.Add(Speed(speedup));
        }

        if (report.Basis != "native")
        {
            parts.Add(Basis(report));
        }

        return $"{Path.GetFileName(job.DisplayPath.Replace('\\', '/'))} → {variant.Profile.Name}: {string.Join(", ", parts)}";
    }

    /// <summary>In which arithmetic the bulk of the model runs.</summary>
    public static string Precision(QuantizationPlan plan) =>
        plan.Nodes.Count == 0 ? "as given"
        : plan.Nodes.Any(n => n.Precision == NodePrecision.Integer) ? "int8"
        : plan.Stored.Count > 0 && plan.Float16Share == 0 ? "int8-weights"
        : plan.Nodes.Any(n => n.Precision == NodePrecision.Float16) ? "float16"
        : "float32";

    /// <summary>The metric of the artifact, and beside it what it is compared with.</summary>
    public static string Metric(ValidationReport report)
    {
        var first = new MetricResult(report.Metric, report.FloatValue, report.Value, report.Drop, report.DropInterval, report.Samples);
        return string.Join(", ", report.Others.Select(o => $"{o.Output}: {Metric(o.Result)}").Prepend(Metric(first)));
    }

    /// <summary>In whose arithmetic it was measured; of an emulated run how it stands to the native one.</summary>
    public static string Basis(ValidationReport report)
    {
        if (report.Emulated is not { AgainstNative: var runs })
        {
            return report.Basis;
        }

        string same = runs.Identical == runs.Samples ? "equal bit for bit"
            : runs.DecisionsApart is { } apart ? $"{Wording.Count(apart)} {(apart == 1 ? "decision differs" : "decisions differ")}"
            : $"{Wording.Count(runs.Samples - runs.Identical)} outputs differ in bits";
        return $"{report.Basis} on {Wording.Samples(runs.Samples)}: {same}";
    }

    public static string Size(ValidationReport report) => Times(report.Compression, "smaller", "larger", "same size");

    /// <summary>Where weights are stored small and computed with as float32, a session is larger than the file.</summary>
    private static string InMemory(QuantVariant variant) =>
        variant.MemoryBytes > MostGrowth * variant.Artifact.Size
            ? $" ({Times((double)variant.Report.FloatBytes / variant.MemoryBytes, "smaller", "larger", "same size")} in memory)"
            : "";

    public static string Speed(double speedup) => Times(speedup, "faster", "slower", "same speed");

    private static string Metric(MetricResult result)
    {
        string text = $"{MetricText.Name(result.Kind)} {MetricText.Value(result.Kind, result.Value)}";
        string halfWidth = result.DropInterval is { } i ? $" ± {MetricText.Difference(result.Kind, (i.High - i.Low) / 2)}" : "";
        return double.IsNaN(result.FloatValue)
            ? text + halfWidth
            : $"{text} (float32 {MetricText.Value(result.Kind, result.FloatValue)}, {(result.Kind.LessIsBetter() ? "rise" : "drop")} {MetricText.Difference(result.Kind, result.Drop)}{halfWidth})";
    }

    private static string Times(double ratio, string above, string below, string equal)
    {
        (double factor, string word) = ratio >= 1 ? (ratio, above) : (1 / ratio, below);
        string text = MetricText.Number(factor, "0.0");
        return text == "1.0" ? equal : $"{text}× {word}";
    }
}
