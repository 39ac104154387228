using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics;

/// <summary>Gathers what a metric needs, batch after batch in any order and from several threads: each sample has a place of its own.</summary>
internal abstract class Metric
{
    public abstract MetricKind Kind { get; }

    /// <summary>Whether the float model's output is the truth, so that it has no value of its own.</summary>
    public virtual bool ComparesWithFloat => false;

    /// <summary>
    /// For each sample how much worse the candidate is, so that their mean is the drop (for shares: 1, 0 or −1); null where the metric is no mean over samples.
    /// </summary>
    public virtual IReadOnlyList<double>? Differences => null;

    /// <summary>Sees the outputs of both models for a batch; each sample is one flat row.</summary>
    /// <param name="range">Which samples.</param>
    /// <param name="reference">The float model's output, sample after sample.</param>
    /// <param name="candidate">The candidate's, as long.</param>
    public void Add(SampleRange range, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate) =>
        Add(range, [range.Count, reference.Length / range.Count], reference, candidate);

    /// <summary>Sees the outputs of both models for a batch.</summary>
    /// <param name="range">Which samples.</param>
    /// <param name="dims">The sizes of both outputs, the samples outermost.</param>
    /// <param name="reference">The float model's output, sample after sample.</param>
    /// <param name="candidate">The candidate's, as long.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004 or QBT1013: the sizes or the labels do not suit the metric.</exception>
    public abstract void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate);

    /// <summary>The value over all samples.</summary>
    /// <param name="output">Signal and noise of the output over all samples.</param>
    public abstract MetricResult Result(SignalNoise output);
}
