using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>Turns a result into its report.</summary>
internal static class ReportBuilder
{
    public static ReportDocument Build(QuantResult result) => new()
    {
        Model = result.Job.DisplayPath,
        FloatBytes = result.FloatBytes,
        Settings = Settings(result.Job),
        Variants = [.. result.Variants.Select(v => Variant(result.Job, v))],
        Findings = [.. result.Diagnostics.Select(d => new ReportFinding(FindingText.Severity(d), d.Code, d.Profile, FindingText.OneLine(d.Text)))],
    };

    private static ReportSettings Settings(QuantJob job) => new()
    {
        Profiles = [.. job.Profiles.Select(p => p.Name)],
        Precision = job.Precision.ToString().ToLowerInvariant(),
        Recipe = job.Recipe.ToString().ToLowerInvariant(),
        Metric = job.Metrics.Any(m => m.Kind is not null) ? string.Join(';', job.Metrics.Select(MetricText.Written)) : null,
        MinCompression = job.MinCompression,
        MaxLatencyRatio = job.MaxLatencyRatio,
        KeepFloat = job.KeepFloat,
        PinnedInputs = [.. job.PinnedInputs.Select(p => p.ToString())],
        CalibrationData = [.. job.CalibrationData.Select(p => Path.GetFileName(p))],
        ValidationData = [.. job.ValidationData.Select(p => Path.GetFileName(p))],
    };

    private static ReportVariant Variant(QuantJob job, QuantVariant variant)
    {
        ValidationReport report = variant.Report;
        QuantizationPlan plan = variant.Plan;
        return new ReportVariant
        {
            Profile = variant.Profile.Name,
            Summary = ResultLine.Of(job, variant),
            Bytes = variant.Artifact.Size,
            MemoryBytes = variant.MemoryBytes,
            Sha256 = ContentHash.Of(variant.Artifact),
            Compression = report.Compression,
            Metric = MetricText.Keyword(report.Metric),
            Output = report.Output,
            FloatValue = Defined(report.FloatValue),
            Value = Defined(report.Value),
            Drop = Defined(report.Drop),
            DropInterval = Interval(report.DropInterval),
            Samples = report.Samples,
            SqnrDb = Defined(report.SqnrDb),
            Speedup = report.Speedup,
            LoadRatio = report.LoadRatio,
            IntegerShare = report.IntegerShare,
            Basis = report.Basis,
            Emulation = report.Emulated is { AgainstNative: var runs } emulated
                ? new ReportEmulation(
                    runs.Samples,
                    emulated.LeastSure,
                    CamelCase(emulated.End),
                    runs.Identical,
                    runs.DecisionsApart,
                    Defined(runs.GreatestDifference),
                    Defined(runs.NativeValue),
                    Defined(runs.EmulatedValue),
                    emulated.Verdict.Explanation)
                : null,
            Verdict = Verdict(report.Metric, report.Verdict),
            Search = variant.Search is { } search ? Search(search) : null,
            Others = [.. report.Others.Select(Metric)],
            Outputs = [.. report.Outputs.Select(Output)],
            NonFinite = report.NonFinite,
            Layers = [.. report.Layers.Select(l => new ReportLayer(l.Node, Defined(l.SqnrDb), Defined(l.LossDb)))],
            Nodes = [.. plan.Nodes.Select(n => new ReportNode(n.Node, n.OpType, CamelCase(n.Precision), n.Reason, n.MultiplyAdds))],
            Activations = [.. plan.Activations.Select(a => new ReportActivation(a.Value, a.Type.ToString(), a.Scale, a.ZeroPoint))],
            Weights =
            [
                .. plan.Weights.Select(w => new ReportWeight(w.Node, w.Input, w.Type.ToString(), w.Axis, w.ZeroPoint, w.Scales)),
                .. plan.Recurrent.SelectMany(r => new[] { r.Input, r.Recurrence }.Select((w, i) => new ReportWeight(r.Node, i + 1, nameof(ElementType.Int8), 1, 0, w.Scales))),
            ],
            StoredWeights = [.. plan.Stored.Select(s => new ReportStoredWeight(s.Value, s.Scope, s.Type.ToString(), s.Elements, s.Groups.First, s.Groups.Last, s.Readers, s.Scales))],
        };
    }

    private static ReportSearch Search(SearchOutcome search) => new(
        search.Samples,
        search.Probes,
        search.TargetDb,
        1,
        search.Taken,
        search.Reason,
        [.. search.Candidates.Select(c => new ReportCandidate(c.What, Defined(c.SqnrDb), c.HoldsGate, c.Time, c.Bytes, Defined(c.Cost)))]);

    private static ReportMetric Metric(MetricReport metric)
    {
        MetricResult result = metric.Result;
        return new ReportMetric
        {
            Metric = MetricText.Keyword(result.Kind),
            Output = metric.Output,
            FloatValue = Defined(result.FloatValue),
            Value = Defined(result.Value),
            Drop = Defined(result.Drop),
            DropInterval = Interval(result.DropInterval),
            Samples = result.Samples,
            Verdict = Verdict(result.Kind, metric.Verdict),
        };
    }

    private static ReportOutput Output(OutputReport output) => new()
    {
        Name = output.Name,
        SqnrDb = Defined(output.SqnrDb),
        WorstSqnrDb = Sample(output.WorstSqnrDb),
        Cosine = output.Cosine,
        WorstCosine = Sample(output.WorstCosine),
        NonFinite = output.NonFinite,
    };

    private static ReportSample? Sample(SampleValue? value) => value is { } v ? new ReportSample(v.Sample, Defined(v.Value)) : null;

    private static ReportVerdict Verdict(MetricKind metric, GateVerdict verdict) =>
        new(CamelCase(verdict.Outcome), MetricText.Limit(metric, verdict.Limit), verdict.Explanation);

    private static ReportInterval? Interval(Interval? interval) => interval is { } i ? new ReportInterval(Defined(i.Low), Defined(i.High)) : null;

    /// <summary>NaN means "there is none" in the records of the engine, and null in a report.</summary>
    private static double? Defined(double value) => double.IsNaN(value) ? null : value;

    private static string CamelCase<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
