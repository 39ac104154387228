using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>What is to be scored under emulation, and how long that may take. The sessions belong to the caller.</summary>
internal sealed record EmulatedScoringRequest
{
    /// <summary>The model that the artifact was made from, on this processor.</summary>
    public required IInferenceSession Float { get; init; }

    /// <summary>The artifact on this processor.</summary>
    public required IInferenceSession Native { get; init; }

    /// <summary>The artifact in the profile's arithmetic: the slow one.</summary>
    public required IInferenceSession Emulated { get; init; }

    /// <summary>All validation data; a part of them is tried.</summary>
    public required Dataset Data { get; init; }

    public required MetricKind Metric { get; init; }

    public MetricOptions Options { get; init; } = MetricOptions.None;

    /// <summary>Null: the metric's default.</summary>
    public MaxDrop? MaxDrop { get; init; }

    /// <summary>What <see cref="FloatPass.Run"/> found, where the caller has it already; null: it runs first.</summary>
    public FloatPass? FloatPass { get; init; }

    /// <summary>At most so many samples are tried; where the model has a fixed batch size, whole batches, and one at least.</summary>
    public int SampleBudget { get; init; } = 400;

    /// <summary>No round begins when so much time has passed since the first one began; the float model's pass before it does not count.</summary>
    public TimeSpan TimeBudget { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>About so many samples are tried before it is asked again whether they are enough.</summary>
    public int RoundSize { get; init; } = 32;

    /// <summary>Fewer samples never decide, unless there are no more.</summary>
    public int MinimumSamples { get; init; } = 64;

    /// <summary>Samples per inference.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches that run side by side in the same sessions; the report does not depend on their number.</summary>
    public int Workers { get; init; } = 1;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What messages call the model.</summary>
    public string? DisplayPath { get; init; }

    /// <summary>Told after each round which share of the sample budget is used, 0…1.</summary>
    public Action<double>? Progress { get; init; }
}
