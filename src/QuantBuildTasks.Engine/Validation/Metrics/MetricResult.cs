using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics;

/// <summary>What a metric found on all samples; units as in <see cref="ValidationReport"/>.</summary>
/// <param name="Kind">The metric.</param>
/// <param name="FloatValue">The float model's value; NaN where the metric compares with it.</param>
/// <param name="Value">The candidate's value.</param>
/// <param name="Drop">How much worse the candidate is; NaN for SQNR.</param>
/// <param name="DropInterval">95 % interval of the drop, or null.</param>
/// <param name="Samples">How many samples it rests on.</param>
internal sealed record MetricResult(MetricKind Kind, double FloatValue, double Value, double Drop, Interval? DropInterval, int Samples)
{
    /// <summary>Share of samples on which the two models part; it decides how many samples would be enough. 0 where it has no meaning.</summary>
    public double DisagreementRate { get; init; }
}
