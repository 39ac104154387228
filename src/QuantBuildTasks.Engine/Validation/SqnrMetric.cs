using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Signal to quantization noise over all elements of the output.</summary>
internal sealed class SqnrMetric(int samples) : Metric
{
    public override void Add(SampleRange range, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        // The comparison sums signal and noise for every metric.
    }

    public override MetricResult Result(SignalNoise output) =>
        new(MetricKind.Sqnr, double.NaN, output.SqnrDb, double.NaN, null, samples);
}
