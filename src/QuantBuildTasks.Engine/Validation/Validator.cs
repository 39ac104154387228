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
        var first = new OutputComparison(inference, request);
        OutputComparison? unused = first;
        Metric metric;
        try
        {
            metric = Choose(request, first.Reference);
        }
        catch
        {
            first.Dispose();
            throw;
        }

        IReadOnlyList<OutputComparison> workers = BatchWalk.Run(
            batches,
            request.Workers,
            () => Interlocked.Exchange(ref unused, null) ?? new OutputComparison(inference, request),
            (worker, range) => sums[range.Start / batches[0].Count] = worker.Compare(request.Data.Batch(range), range, metric, request.DisplayPath),
            request.Progress,
            cancellation);
        try
        {
            // In the order of the batches, whoever ran them.
            SignalNoise output = sums.Aggregate((a, b) => a + b);
            return Report(request, metric.Result(output), output, request.MeasureLatency ? MeasureSpeedup(request.Data, workers[0]) : null);
        }
        finally
        {
            foreach (OutputComparison worker in workers)
            {
                worker.Dispose();
            }
        }
    }

    private static Metric Choose(ValidationRequest request, IInferenceSession reference)
    {
        ModelPort output = reference.Outputs[0];
        if (!OutputBuffer.CanHold(output.Type))
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The first output '{output.Name}' holds no numbers that could be compared.", request.DisplayPath);
        }

        MetricKind kind = request.Metric ?? MetricChoice.Default(request.Data, output);
        Gate.Check(kind, request.MaxDrop, request.DisplayPath);
        return MetricChoice.Make(kind, request.Data, request.DisplayPath);
    }

    private double MeasureSpeedup(Dataset data, OutputComparison pair) =>
        new LatencyMeter(clock).Measure(pair.Reference, pair.Candidate, data.Batch(data.Batches(1)[0])).Speedup;

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
