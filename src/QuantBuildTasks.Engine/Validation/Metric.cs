using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Gathers what a metric needs, batch after batch in any order and from several threads: each sample has a place of its own.</summary>
internal abstract class Metric
{
    /// <summary>Sees the outputs of both models for a batch.</summary>
    /// <param name="range">Which samples.</param>
    /// <param name="reference">The float model's output, sample after sample.</param>
    /// <param name="candidate">The candidate's, as long.</param>
    public abstract void Add(SampleRange range, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate);

    /// <summary>
    /// For each sample how much worse the candidate is, so that their mean is the drop (for shares: 1, 0 or −1); null where the metric is no mean over samples.
    /// </summary>
    public virtual IReadOnlyList<double>? Differences => null;

    /// <summary>The value over all samples.</summary>
    /// <param name="output">Signal and noise of the output over all samples.</param>
    public abstract MetricResult Result(SignalNoise output);
}
