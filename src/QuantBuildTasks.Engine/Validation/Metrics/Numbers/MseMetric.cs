using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Numbers;

/// <summary>
/// Mean squared error over all elements of the output, against labels with a number for each element, or without such labels against the
/// float model's output.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The right numbers of a batch, sample after sample; null to compare with the float model.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class MseMetric(int samples, Func<SampleRange, double[]>? labels, string? model) : Metric
{
    // Mean over the elements of a sample: all samples have the same number.
    private readonly double[] _reference = new double[samples];
    private readonly double[] _candidate = new double[samples];

    public override MetricKind Kind => MetricKind.Mse;

    public override bool ComparesWithFloat => labels is null;

    public override IReadOnlyList<double> Differences => [.. _candidate.Zip(_reference, (c, r) => c - r)];

    /// <exception cref="QuantException">QBT1013: there is not one label for each element.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        double[]? right = labels?.Invoke(range);
        if (right is not null && right.Length != reference.Length)
        {
            throw QuantException.Error(
                Codes.LabelsMismatch,
                $"The metric mse needs a label for each of the {reference.Length / range.Count} numbers that the model gives for a sample, but the array '{DatasetBinder.LabelsName}' has {right.Length / range.Count}.",
                model);
        }

        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            double referenceSum = 0;
            double candidateSum = 0;
            for (int j = i * length; j < (i + 1) * length; j++)
            {
                double truth = right?[j] ?? reference[j];
                referenceSum += Square(reference[j], truth);
                candidateSum += Square(candidate[j], truth);
            }

            _reference[range.Start + i] = referenceSum / length;
            _candidate[range.Start + i] = candidateSum / length;
        }
    }

    public override MetricResult Result(SignalNoise output)
    {
        double reference = _reference.Sum() / samples;
        double candidate = _candidate.Sum() / samples;
        return new MetricResult(Kind, ComparesWithFloat ? double.NaN : reference, candidate, candidate - reference, PairedBootstrap.OfMean(Differences), samples);
    }

    // Equal infinities (masks) are no error.
    private static double Square(double value, double truth) => value == truth ? 0 : (value - truth) * (value - truth);
}
