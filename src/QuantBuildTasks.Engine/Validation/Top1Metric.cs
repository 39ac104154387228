using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>
/// Whether the largest output of a sample is the right class: the labelled one (<see cref="MetricKind.Top1"/>), or without labels the float
/// model's (<see cref="MetricKind.Agreement"/>). Of several largest the first counts; an output with NaN is wrong.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The classes of a batch, or null. Called from several threads.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class Top1Metric(int samples, Func<SampleRange, long[]>? labels, string? model) : Metric
{
    private readonly bool[] _referenceRight = new bool[samples];
    private readonly bool[] _candidateRight = new bool[samples];

    /// <exception cref="QuantException">QBT1013: a label is no class of the output.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        long[]? classes = labels?.Invoke(range);
        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            int first = PerSample.ArgMax(reference.Slice(i * length, length));
            int second = PerSample.ArgMax(candidate.Slice(i * length, length));
            long right = classes?[i] ?? first;
            if (classes is not null && (right < 0 || right >= length))
            {
                throw QuantException.Error(
                    Codes.LabelsMismatch,
                    $"Label {right} of sample {range.Start + i} is no class of the model, whose output has {length} classes (0–{length - 1}). Check the array '{DatasetBinder.LabelsName}'.",
                    model);
            }

            _referenceRight[range.Start + i] = classes is null || first == right;
            _candidateRight[range.Start + i] = second >= 0 && second == right;
        }
    }

    public override IReadOnlyList<double> Differences => [.. _referenceRight.Zip(_candidateRight, (x, y) => (x ? 1.0 : 0) - (y ? 1 : 0))];

    public override MetricResult Result(SignalNoise output)
    {
        int worse = _referenceRight.Zip(_candidateRight).Count(p => p.First && !p.Second);
        int better = _referenceRight.Zip(_candidateRight).Count(p => !p.First && p.Second);
        bool labelled = labels is not null;
        return new MetricResult(
            labelled ? MetricKind.Top1 : MetricKind.Agreement,
            labelled ? (double)_referenceRight.Count(r => r) / samples : double.NaN,
            (double)_candidateRight.Count(r => r) / samples,
            (double)(worse - better) / samples,
            TangoInterval.Of(worse, better, samples),
            samples)
        {
            DisagreementRate = (double)(worse + better) / samples,
        };
    }
}
