using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>Why no more samples were tried.</summary>
internal enum ScoringEnd
{
    /// <summary>The whole interval of the drop lies within the limit.</summary>
    Decided,

    /// <summary>The sample budget is used up.</summary>
    SampleBudget,

    /// <summary>The time budget is used up.</summary>
    TimeBudget,

    /// <summary>Every sample was tried.</summary>
    AllSamples,
}

/// <summary>What an artifact does in its profile's arithmetic, estimated from a part of the validation data.</summary>
internal sealed record EmulatedReport
{
    /// <summary>
    /// Against the float model, estimated for all <see cref="Population"/> samples; <see cref="MetricResult.Samples"/> says how many were
    /// tried. For metrics that are no mean over samples it is the value on the samples tried. Where time ended before random samples could
    /// speak for the rest, the drop counts the rest as unchanged, and there is no interval.
    /// </summary>
    public required MetricResult Result { get; init; }

    public required GateVerdict Verdict { get; init; }

    /// <summary>Samples in the validation data.</summary>
    public required int Population { get; init; }

    /// <summary>Of the samples tried, those that were chosen because float32 is least sure of them; the others are random.</summary>
    public required int LeastSure { get; init; }

    public required ScoringEnd End { get; init; }

    /// <summary>The emulated run beside the native run of the same artifact.</summary>
    public required RunComparison AgainstNative { get; init; }
}

/// <summary>Two runs of one artifact on the same samples, by their first outputs.</summary>
internal sealed record RunComparison
{
    public required int Samples { get; init; }

    /// <summary>Samples whose largest output is another; null where the output is no row of scores for each sample.</summary>
    public required int? DecisionsApart { get; init; }

    /// <summary>Samples whose output is the same bit for bit.</summary>
    public required int Identical { get; init; }

    /// <summary>The greatest |native − emulated| of all elements; +∞ where one is NaN or infinite and the other is not the same.</summary>
    public required double GreatestDifference { get; init; }

    /// <summary>The metric on the samples tried.</summary>
    public required double NativeValue { get; init; }

    /// <summary>The metric on the samples tried.</summary>
    public required double EmulatedValue { get; init; }
}
