using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Metrics.Classes;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Sequences;

/// <summary>
/// Character or word error rate of the corpus: Σ edit distance ÷ Σ length of the labels, over scores [N, T, C] that are decoded greedily
/// (<see cref="CtcGreedy"/>) and labels [N, L], padded with numbers below 0.
/// </summary>
/// <param name="kind"><see cref="MetricKind.Cer"/> or <see cref="MetricKind.Wer"/>.</param>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The labels of a batch, sample after sample. Called from several threads.</param>
/// <param name="options"><see cref="MetricOptions.Blank"/>, and for words <see cref="MetricOptions.Separator"/>.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class ErrorRateMetric(MetricKind kind, int samples, Func<SampleRange, long[]> labels, MetricOptions options, string? model) : Metric
{
    private readonly int[] _reference = new int[samples];
    private readonly int[] _candidate = new int[samples];
    private readonly int[] _lengths = new int[samples];

    public override MetricKind Kind => kind;

    /// <exception cref="QuantException">
    /// QBT1004: the output is not [N, T, C]. QBT1013: a label is no class, or is the blank. QBT1021: a class of the options does not exist.
    /// </exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        string name = kind == MetricKind.Cer ? "cer" : "wer";
        if (dims.Length != 3)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The metric {name} needs scores [batch, frame, class], but the output is [{string.Join(", ", dims.ToArray())}].", model);
        }

        int classes = (int)dims[2];
        if (options.Blank >= classes || options.Separator >= classes)
        {
            throw QuantException.Error(Codes.InvalidValue, $"The metric {name} names class {Math.Max(options.Blank, options.Separator ?? 0)} as blank or separator, but the output has {classes} classes (0–{classes - 1}).", model);
        }

        long[] right = labels(range);
        int most = right.Length / range.Count;
        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            int sample = range.Start + i;
            int[] truth = [.. right.Skip(i * most).Take(most).Where(l => l >= 0).Select(l => Symbol(l, classes, sample))];
            int[] first = CtcGreedy.Decode(reference.Slice(i * length, length), classes, options.Blank);
            int[] second = CtcGreedy.Decode(candidate.Slice(i * length, length), classes, options.Blank);
            (_reference[sample], _candidate[sample], _lengths[sample]) = kind == MetricKind.Cer
                ? Count<int>(truth, first, second)
                : Count<string>(Words(truth), Words(first), Words(second));
        }
    }

    /// <exception cref="QuantException">QBT1013: there are no labels but padding.</exception>
    public override MetricResult Result(SignalNoise output)
    {
        double length = _lengths.Sum(l => (long)l);
        if (length == 0)
        {
            throw QuantException.Error(Codes.LabelsMismatch, $"All labels in the array '{DatasetBinder.LabelsName}' are empty: what is below 0 is padding. An error rate is a share of their length.", model);
        }

        double reference = _reference.Sum(e => (long)e) / length;
        double candidate = _candidate.Sum(e => (long)e) / length;
        return new MetricResult(kind, reference, candidate, candidate - reference, PairedBootstrap.Of(samples, Rise), samples);
    }

    private static (int Reference, int Candidate, int Length) Count<T>(T[] truth, T[] reference, T[] candidate)
        where T : IEquatable<T> =>
        (EditDistance.Between<T>(truth, reference), EditDistance.Between<T>(truth, candidate), truth.Length);

    private string[] Words(int[] symbols) => CtcGreedy.Words(symbols, options.Separator!.Value);

    private int Symbol(long label, int classes, int sample)
    {
        int symbol = ClassLabel.Checked(label, classes, sample, model);
        return symbol != options.Blank ? symbol : throw QuantException.Error(
            Codes.LabelsMismatch,
            $"Label {label} of sample {sample} is the blank, which stands for no symbol. Name another class as blank, for example Metric=\"{Example(classes - 1)}\", or pad labels with −1.",
            model);
    }

    private string Example(int blank) => kind == MetricKind.Cer ? $"cer(blank={blank})" : $"wer(blank={blank}, separator={options.Separator})";

    private double Rise(ReadOnlySpan<int> drawn)
    {
        long errors = 0;
        long length = 0;
        foreach (int i in drawn)
        {
            errors += _candidate[i] - _reference[i];
            length += _lengths[i];
        }

        return length == 0 ? double.NaN : (double)errors / length;
    }
}
