using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>One thing to measure, and how far it may fall.</summary>
/// <param name="Kind">Null: top-1 where the data has labels, else agreement where the output is [batch, classes], else SQNR.</param>
internal sealed record MetricRequest(MetricKind? Kind = null)
{
    /// <summary>What is measured where the user does not say.</summary>
    public static IReadOnlyList<MetricRequest> Default { get; } = [new()];

    /// <summary>The model's output that is looked at; null: the first.</summary>
    public string? Output { get; init; }

    public MetricOptions Options { get; init; } = MetricOptions.None;

    /// <summary>Null: the metric's default (docs/metrics.md).</summary>
    public MaxDrop? MaxDrop { get; init; }
}
