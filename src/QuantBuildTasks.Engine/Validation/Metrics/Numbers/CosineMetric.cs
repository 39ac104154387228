using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Numbers;

/// <summary>Mean over the samples of the cosine between both outputs.</summary>
internal sealed class CosineMetric(int samples) : Metric
{
    private readonly double[] _distances = new double[samples];

    public override MetricKind Kind => MetricKind.Cosine;

    public override bool ComparesWithFloat => true;

    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            _distances[range.Start + i] = 1 - PerSample.Cosine(reference.Slice(i * length, length), candidate.Slice(i * length, length));
        }
    }

    public override IReadOnlyList<double> Differences => _distances;

    public override MetricResult Result(SignalNoise output)
    {
        double distance = _distances.Sum() / samples;
        return new MetricResult(Kind, double.NaN, 1 - distance, distance, PairedBootstrap.OfMean(_distances), samples);
    }
}
