using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>
/// Macro F1: for each class 2·TP ÷ (2·TP + FP + FN), and their mean over the classes that occur among the labels. What a model takes for a
/// class without labels still counts, as a miss of the right class. An output with NaN is no class.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The classes of a batch. Called from several threads.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class F1Metric(int samples, Func<SampleRange, long[]> labels, string? model) : Metric
{
    private readonly int[] _labels = new int[samples];
    private readonly int[] _reference = new int[samples];
    private readonly int[] _candidate = new int[samples];

    public override MetricKind Kind => MetricKind.F1;

    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        long[] classes = labels(range);
        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            int sample = range.Start + i;
            _labels[sample] = ClassLabel.Checked(classes[i], length, sample, model);
            _reference[sample] = PerSample.ArgMax(reference.Slice(i * length, length));
            _candidate[sample] = PerSample.ArgMax(candidate.Slice(i * length, length));
        }
    }

    public override MetricResult Result(SignalNoise output)
    {
        int classes = Math.Max(_labels.Max(), Math.Max(_reference.Max(), _candidate.Max())) + 1;
        int[] hits = new int[classes];
        int[] labelled = new int[classes];
        int[] answered = new int[classes];
        int[] all = [.. Enumerable.Range(0, samples)];
        double reference = Of(_reference, all);
        double candidate = Of(_candidate, all);
        Interval interval = PairedBootstrap.Of(samples, drawn => Of(_reference, drawn) - Of(_candidate, drawn));
        return new MetricResult(Kind, reference, candidate, reference - candidate, interval, samples);

        double Of(int[] answers, ReadOnlySpan<int> drawn)
        {
            Array.Clear(hits);
            Array.Clear(labelled);
            Array.Clear(answered);
            foreach (int i in drawn)
            {
                labelled[_labels[i]]++;
                if (answers[i] >= 0)
                {
                    answered[answers[i]]++;
                    hits[_labels[i]] += answers[i] == _labels[i] ? 1 : 0;
                }
            }

            // 2·TP + FP + FN counts every label and every answer of the class once.
            double sum = 0;
            int present = 0;
            for (int c = 0; c < classes; c++)
            {
                if (labelled[c] > 0)
                {
                    sum += 2.0 * hits[c] / (labelled[c] + answered[c]);
                    present++;
                }
            }

            return sum / present;
        }
    }
}
