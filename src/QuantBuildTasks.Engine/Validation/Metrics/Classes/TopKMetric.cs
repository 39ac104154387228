using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>
/// Whether the right class is among the largest outputs of a sample: the labelled class among the largest one or five
/// (<see cref="MetricKind.Top1"/>, <see cref="MetricKind.Top5"/>), or without labels the float model's largest
/// (<see cref="MetricKind.Agreement"/>). Of equal outputs the first counts as larger; an output with NaN is wrong.
/// </summary>
/// <param name="kind">One of those three.</param>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The classes of a batch; null for agreement. Called from several threads.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class TopKMetric(MetricKind kind, int samples, Func<SampleRange, long[]>? labels, string? model) : Metric
{
    private readonly int _k = kind == MetricKind.Top5 ? 5 : 1;
    private readonly bool[] _referenceRight = new bool[samples];
    private readonly bool[] _candidateRight = new bool[samples];

    public override MetricKind Kind => kind;

    public override bool ComparesWithFloat => kind == MetricKind.Agreement;

    public override IReadOnlyList<double> Differences => [.. _referenceRight.Zip(_candidateRight, (x, y) => (x ? 1.0 : 0) - (y ? 1 : 0))];

    /// <exception cref="QuantException">QBT1013: a label is no class of the output. QBT1021: there are no more than five classes for top-5.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        long[]? classes = labels?.Invoke(range);
        int length = reference.Length / range.Count;
        if (kind == MetricKind.Top5 && length <= _k)
        {
            throw QuantException.Error(Codes.InvalidValue, $"The metric is top5, but the output has {length} classes, so that every answer would be right. Use Metric=\"top1\".", model);
        }

        for (int i = 0; i < range.Count; i++)
        {
            ReadOnlySpan<float> x = reference.Slice(i * length, length);
            long right = classes is null ? PerSample.ArgMax(x) : ClassLabel.Checked(classes[i], length, range.Start + i, model);
            _referenceRight[range.Start + i] = classes is null || PerSample.IsAmongLargest(x, (int)right, _k);
            _candidateRight[range.Start + i] = PerSample.IsAmongLargest(candidate.Slice(i * length, length), (int)right, _k);
        }
    }

    public override MetricResult Result(SignalNoise output)
    {
        int worse = _referenceRight.Zip(_candidateRight).Count(p => p.First && !p.Second);
        int better = _referenceRight.Zip(_candidateRight).Count(p => !p.First && p.Second);
        return new MetricResult(
            kind,
            ComparesWithFloat ? double.NaN : (double)_referenceRight.Count(r => r) / samples,
            (double)_candidateRight.Count(r => r) / samples,
            (double)(worse - better) / samples,
            TangoInterval.Of(worse, better, samples),
            samples)
        {
            DisagreementRate = (double)(worse + better) / samples,
        };
    }
}
