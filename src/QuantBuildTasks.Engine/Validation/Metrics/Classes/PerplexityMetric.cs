using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>
/// exp(Σ −log softmax(logits)[label] ÷ number of labels) over logits [N, T, V] and labels [N, T] that name the next token. Labels below 0
/// are padding and count for nothing.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="labels">The labels of a batch, sample after sample. Called from several threads.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class PerplexityMetric(int samples, Func<SampleRange, long[]> labels, string? model) : Metric
{
    private readonly double[] _reference = new double[samples];
    private readonly double[] _candidate = new double[samples];
    private readonly int[] _tokens = new int[samples];

    public override MetricKind Kind => MetricKind.Perplexity;

    /// <exception cref="QuantException">QBT1004: the output is not [N, T, V]. QBT1013: the labels are not [N, T], or one is no token.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        if (dims.Length != 3)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The metric perplexity needs logits [batch, position, token], but the output is [{string.Join(", ", dims.ToArray())}].", model);
        }

        (int positions, int tokens) = ((int)dims[1], (int)dims[2]);
        long[] right = labels(range);
        if (right.Length != range.Count * positions)
        {
            throw QuantException.Error(
                Codes.LabelsMismatch,
                $"The metric perplexity needs a label for each of the {positions} positions of a sample, but the array '{DatasetBinder.LabelsName}' has {right.Length / range.Count}. Pad with −1.",
                model);
        }

        for (int row = 0; row < right.Length; row++)
        {
            int sample = range.Start + (row / positions);
            if (right[row] >= 0)
            {
                int label = ClassLabel.Checked(right[row], tokens, sample, model);
                _reference[sample] += CrossEntropy(reference.Slice(row * tokens, tokens), label);
                _candidate[sample] += CrossEntropy(candidate.Slice(row * tokens, tokens), label);
                _tokens[sample]++;
            }
        }
    }

    /// <exception cref="QuantException">QBT1013: all labels are padding.</exception>
    public override MetricResult Result(SignalNoise output)
    {
        int tokens = _tokens.Sum();
        if (tokens == 0)
        {
            throw QuantException.Error(Codes.LabelsMismatch, $"The metric perplexity needs tokens, but all labels in the array '{DatasetBinder.LabelsName}' are below 0, which is padding.", model);
        }

        double reference = Math.Exp(_reference.Sum() / tokens);
        double candidate = Math.Exp(_candidate.Sum() / tokens);
        return new MetricResult(Kind, reference, candidate, candidate - reference, PairedBootstrap.Of(samples, Rise), samples);
    }

    /// <summary>−log softmax(logits)[label]. The largest logit is taken off first, so that no power overflows.</summary>
    internal static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        float most = float.NegativeInfinity;
        foreach (float x in logits)
        {
            most = Math.Max(most, x);
        }

        double sum = 0;
        foreach (float x in logits)
        {
            sum += Math.Exp((double)x - most);
        }

        return Math.Log(sum) - ((double)logits[label] - most);
    }

    private double Rise(ReadOnlySpan<int> drawn)
    {
        double reference = 0;
        double candidate = 0;
        long tokens = 0;
        foreach (int i in drawn)
        {
            reference += _reference[i];
            candidate += _candidate[i];
            tokens += _tokens[i];
        }

        return tokens == 0 ? double.NaN : Math.Exp(candidate / tokens) - Math.Exp(reference / tokens);
    }
}
