using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>
/// Mean intersection over union of class maps: the largest channel of an output [N, C, …] at each pixel against labels [N, …], or without
/// labels against the float model's map. One channel, or none ([N, H, W]), parts background from foreground at a threshold. Pixels with NaN are no class.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The class of each pixel, or null. Called from several threads.</param>
/// <param name="options"><see cref="MetricOptions.Ignore"/> and <see cref="MetricOptions.Threshold"/>.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class IouMetric(int samples, Func<SampleRange, long[]>? labels, MetricOptions options, string? model) : Metric
{
    // Whether one channel holds probabilities or logits is known when all of it was seen: both are counted until then.
    private readonly Pair _main = new(samples);
    private readonly Pair _logits = new(samples);
    private int _outsideUnit;
    private int _oneChannel;

    public override MetricKind Kind => MetricKind.Iou;

    public override bool ComparesWithFloat => labels is null;

    /// <exception cref="QuantException">QBT1004: the output is no map. QBT1013: the labels are of another size, or one is no class.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        if (dims.Length < 3)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The metric iou needs a map [batch, class, height, width], but the output is [{string.Join(", ", dims.ToArray())}].", model);
        }

        int channels = dims.Length == 3 ? 1 : (int)dims[1];
        int length = reference.Length / range.Count;
        int pixels = length / channels;
        long[]? right = labels?.Invoke(range);
        if (right is not null && right.Length != range.Count * pixels)
        {
            throw QuantException.Error(
                Codes.LabelsMismatch,
                $"The metric iou needs a class for each of the {pixels} pixels of a sample, but the array '{DatasetBinder.LabelsName}' has {right.Length / range.Count}.",
                model);
        }

        int[] x = new int[pixels];
        int[] y = new int[pixels];
        int[] truth = new int[pixels];
        for (int i = 0; i < range.Count; i++)
        {
            int sample = range.Start + i;
            ReadOnlySpan<float> first = reference.Slice(i * length, length);
            ReadOnlySpan<float> second = candidate.Slice(i * length, length);
            ReadOnlySpan<long> classes = right is null ? [] : right.AsSpan(i * pixels, pixels);
            if (channels > 1)
            {
                ClassMap.Largest(first, channels, x);
                ClassMap.Largest(second, channels, y);
                Count(_main, sample, channels, classes, truth, x, y);
                continue;
            }

            Volatile.Write(ref _oneChannel, 1);
            if (ClassMap.LeavesUnit(first))
            {
                Volatile.Write(ref _outsideUnit, 1);
            }

            ClassMap.Above(first, options.Threshold ?? 0.5, x);
            ClassMap.Above(second, options.Threshold ?? 0.5, y);
            Count(_main, sample, 2, classes, truth, x, y);
            if (options.Threshold is null)
            {
                ClassMap.Above(first, 0, x);
                ClassMap.Above(second, 0, y);
                Count(_logits, sample, 2, classes, truth, x, y);
            }
        }
    }

    /// <exception cref="QuantException">QBT1013: no pixel has a class.</exception>
    public override MetricResult Result(SignalNoise output)
    {
        Pair pair = _oneChannel == 1 && _outsideUnit == 1 && options.Threshold is null ? _logits : _main;
        int[] all = [.. Enumerable.Range(0, samples)];
        double reference = pair.Reference.MeanIou(all);
        double candidate = pair.Candidate.MeanIou(all);
        if (double.IsNaN(reference))
        {
            throw QuantException.Error(Codes.LabelsMismatch, "The metric iou found no pixel with a class: all are below 0 or ignored, or the float model's map is NaN.", model);
        }

        Interval interval = PairedBootstrap.Of(samples, drawn => pair.Reference.MeanIou(drawn) - pair.Candidate.MeanIou(drawn));
        return new MetricResult(Kind, ComparesWithFloat ? double.NaN : reference, candidate, reference - candidate, interval, samples);
    }

    private void Count(Pair pair, int sample, int classes, ReadOnlySpan<long> right, int[] truth, int[] reference, int[] candidate)
    {
        for (int i = 0; i < truth.Length; i++)
        {
            truth[i] = right.IsEmpty ? reference[i]
                : right[i] < 0 || right[i] == options.Ignore ? -1
                : ClassLabel.Checked(right[i], classes, sample, model, $" If it marks pixels that count for nothing, write Metric=\"iou(ignore={right[i]})\".");
        }

        pair.Reference.Add(sample, classes, truth, reference);
        pair.Candidate.Add(sample, classes, truth, candidate);
    }

    private sealed class Pair(int samples)
    {
        public ClassOverlap Reference { get; } = new(samples);

        public ClassOverlap Candidate { get; } = new(samples);
    }
}
