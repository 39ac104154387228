using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Numbers;

/// <summary>
/// Peak signal to noise ratio against the float model's output, over all samples at once: 10·log10(peak² ÷ mean (x − x̂)²).
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="peak">The distance from black to white; null: from the least to the greatest number of the float model's output.</param>
internal sealed class PsnrMetric(int samples, double? peak = null) : Metric
{
    private readonly Lock _lock = new();
    private float _least = float.PositiveInfinity;
    private float _most = float.NegativeInfinity;
    private long _elements;

    public override MetricKind Kind => MetricKind.Psnr;

    public override bool ComparesWithFloat => true;

    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        float least = float.PositiveInfinity;
        float most = float.NegativeInfinity;
        foreach (float x in reference)
        {
            // Infinities are masks; comparisons pass NaN over.
            if (float.IsFinite(x))
            {
                least = Math.Min(least, x);
                most = Math.Max(most, x);
            }
        }

        lock (_lock)
        {
            _least = Math.Min(_least, least);
            _most = Math.Max(_most, most);
            _elements += reference.Length;
        }
    }

    public override MetricResult Result(SignalNoise output)
    {
        double height = peak ?? Math.Max(0, (double)_most - _least);
        double value = new SignalNoise(height * height * _elements, output.Noise).SqnrDb;
        return new MetricResult(Kind, double.NaN, value, double.NaN, null, samples);
    }
}
