using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>
/// Runs the float model and an artifact on the same samples, at the session settings that an app gets, and says how they compare.
/// </summary>
internal sealed class Validator(IInference inference, TimeProvider clock)
{
    /// <exception cref="QuantException">QBT1004, QBT1013 or QBT1021: the first output, the labels or the limit do not suit the metric.</exception>
    public ValidationReport Validate(ValidationRequest request, CancellationToken cancellation = default)
    {
        IReadOnlyList<SampleRange> batches = request.Data.Batches(request.BatchSize);
        var sums = new SignalNoise[batches.Count];
        using IInferenceSession reference = inference.Open(request.FloatModel, new SessionSettings());
        using IInferenceSession candidate = inference.Open(request.Artifact, new SessionSettings { Configuration = request.Configuration });
        Metric metric = Choose(request, reference);
        BatchWalk.Run(
            batches,
            request.Workers,
            () => new OutputComparison(reference, candidate),
            (worker, range) => sums[range.Start / batches[0].Count] = worker.Compare(request.Data.Batch(range), range, metric, request.DisplayPath),
            request.Progress,
            cancellation);

        // In the order of the batches, whoever ran them.
        SignalNoise output = sums.Aggregate((a, b) => a + b);
        double? speedup = request.MeasureLatency
            ? new LatencyMeter(clock).Measure(reference, candidate, request.Data.Batch(request.Data.Batches(1)[0])).Speedup
            : null;
        return Report(request, metric.Result(output), output, speedup);
    }

    private static Metric Choose(ValidationRequest request, IInferenceSession reference)
    {
        ModelPort output = reference.Outputs[0];
        if (!OutputBuffer.CanHold(output.Type))
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The first output '{output.Name}' holds no numbers that could be compared.", request.DisplayPath);
        }

        MetricKind kind = request.Metric ?? MetricChoice.Default(request.Data, output);
        Metric metric = MetricChoice.Make(kind, MetricOptions.None, request.Data, request.DisplayPath);
        Gate.Check(kind, metric.ComparesWithFloat, request.MaxDrop, request.DisplayPath);
        return metric;
    }

    private static ValidationReport Report(ValidationRequest request, MetricResult result, SignalNoise output, double? speedup) => new()
    {
        Metric = result.Kind,
        FloatValue = result.FloatValue,
        Value = result.Value,
        Drop = result.Drop,
        DropInterval = result.DropInterval,
        Samples = result.Samples,
        SqnrDb = output.SqnrDb,
        FloatBytes = request.FloatModel.Length,
        ArtifactBytes = request.Artifact.Length,
        Speedup = speedup,
        IntegerShare = request.IntegerShare,
        Basis = request.Basis,
        Verdict = Gate.Judge(result, request.MaxDrop),
    };
}
