using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Selection;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Timing;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>
/// Runs the float model and an artifact on the same samples, at the session settings that an app gets, and says how they compare.
/// </summary>
internal sealed class Validator(IInference inference, TimeProvider clock)
{
    /// <exception cref="QuantException">
    /// QBT1004, QBT1013, QBT1017, QBT1018 or QBT1021: an output, the labels or the limit do not suit a metric.
    /// </exception>
    public ValidationReport Validate(ValidationRequest request, CancellationToken cancellation = default)
    {
        using IInferenceSession reference = inference.Open(request.FloatModel, new SessionSettings());
        var settings = new SessionSettings { ExactSums = request.ExactSums };
        using IInferenceSession candidate = inference.Open(request.Artifact, settings);
        IReadOnlyList<ComparedOutput> outputs = ComparedOutput.Of(reference, candidate);
        MeasuredOutput[] measured = [.. request.Metrics.Select(m => Choose(m, request, outputs, reference))];
        OutputTally[] tallies = [.. outputs.Select(o => new OutputTally(o.Port.Name, request.Data.Count))];
        BatchWalk.Run(
            request.Data.Batches(request.BatchSize),
            request.Workers,
            () => new OutputComparison(reference, candidate, outputs),
            (worker, range) => worker.Compare(request.Data.Batch(range), range, tallies, measured, request.DisplayPath),
            request.Progress,
            cancellation);

        double? speedup = request.MeasureLatency
            ? new LatencyMeter(clock).Measure(reference, candidate, request.Data.Batch(request.Data.Batches(1)[0])).Speedup
            : null;
        double? loadRatio = request.MeasureLatency ? new LoadMeter(inference, clock).Ratio(request.FloatModel, request.Artifact, settings) : null;
        MetricReport[] metrics = [.. measured.Zip(request.Metrics, (m, asked) => Judge(asked, outputs[m.Output].Port.Name, m.Metric.Result(tallies[m.Output].Total)))];
        return Report(request, metrics, [.. tallies.Select(t => t.Report())]) with { Speedup = speedup, LoadRatio = loadRatio };
    }

    private static MeasuredOutput Choose(MetricRequest asked, ValidationRequest request, IReadOnlyList<ComparedOutput> outputs, IInferenceSession reference)
    {
        int output = ComparedOutput.Find(outputs, asked.Output, reference, request.DisplayPath);
        MetricKind kind = asked.Kind ?? MetricChoice.Default(request.Data, outputs[output].Port);
        Metric metric = MetricChoice.Make(kind, asked.Options, request.Data, request.DisplayPath);
        Gate.Check(kind, metric.ComparesWithFloat, asked.MaxDrop, request.DisplayPath);
        return new MeasuredOutput(output, metric);
    }

    private static MetricReport Judge(MetricRequest asked, string output, MetricResult result)
    {
        GateVerdict verdict = Gate.Judge(result, asked.MaxDrop);
        return new MetricReport(output, result, asked.Output is null ? verdict : verdict with { Explanation = $"{output}: {verdict.Explanation}" });
    }

    private static ValidationReport Report(ValidationRequest request, MetricReport[] metrics, OutputReport[] outputs)
    {
        MetricResult first = metrics[0].Result;
        return new ValidationReport
        {
            Metric = first.Kind,
            Output = metrics[0].Output,
            FloatValue = first.FloatValue,
            Value = first.Value,
            Drop = first.Drop,
            DropInterval = first.DropInterval,
            Samples = first.Samples,
            SqnrDb = outputs[0].SqnrDb,
            FloatBytes = request.FloatBytes ?? request.FloatModel.Size,
            ArtifactBytes = request.Artifact.Size,
            IntegerShare = request.IntegerShare,
            Basis = request.Basis,
            Verdict = metrics[0].Verdict,
            Others = metrics[1..],
            Outputs = outputs,
        };
    }
}
