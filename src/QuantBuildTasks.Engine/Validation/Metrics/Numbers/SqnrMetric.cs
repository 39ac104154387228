using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Numbers;

/// <summary>Signal to quantization noise over all elements of the output.</summary>
internal sealed class SqnrMetric(int samples) : Metric
{
    public override MetricKind Kind => MetricKind.Sqnr;

    public override bool ComparesWithFloat => true;

    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        // The comparison sums signal and noise for every metric.
    }

    public override MetricResult Result(SignalNoise output) =>
        new(Kind, double.NaN, output.SqnrDb, double.NaN, null, samples);
}
