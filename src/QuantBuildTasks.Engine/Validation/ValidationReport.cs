using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>What was measured of one artifact against the float model on the same samples.</summary>
internal sealed record ValidationReport
{
    /// <summary>The first metric that was asked for; <see cref="Others"/> has the rest.</summary>
    public required MetricKind Metric { get; init; }

    /// <summary>The output that it looked at.</summary>
    public string? Output { get; init; }

    /// <summary>The float model's value; NaN for metrics that compare with the float model itself.</summary>
    public required double FloatValue { get; init; }

    /// <summary>The quantized model's value, in the metric's unit (shares as fractions).</summary>
    public required double Value { get; init; }

    /// <summary>How much worse the artifact is, in the metric's unit; negative where it is better. For SQNR it is NaN: the value itself is compared with a floor.</summary>
    public required double Drop { get; init; }

    /// <summary>95 % interval of the drop; null where the metric has none yet.</summary>
    public Interval? DropInterval { get; init; }

    public required int Samples { get; init; }

    /// <summary>SQNR of the first output that holds numbers in dB, whatever the metric; +∞ where the outputs are equal.</summary>
    public required double SqnrDb { get; init; }

    public required long FloatBytes { get; init; }

    public required long ArtifactBytes { get; init; }

    /// <summary>Float time ÷ artifact time, batch 1, one thread, paired; above 1 the artifact is faster. Null where it was not measured.</summary>
    public double? Speedup { get; init; }

    /// <summary>Time to open the artifact ÷ time to open the float model, one thread, paired. Null where it was not measured.</summary>
    public double? LoadRatio { get; init; }

    /// <summary>Share of multiply-adds that the plan gives to integer kernels, 0…1.</summary>
    public required double IntegerShare { get; init; }

    /// <summary>In whose arithmetic it was measured: <c>native</c>, <c>exact kernels</c>, <c>emulated</c>, <c>proved</c> or <c>not tried</c>.</summary>
    public required string Basis { get; init; }

    /// <summary>What the gate says to <see cref="Metric"/>; <see cref="Outcome"/> is what it says in all.</summary>
    public required GateVerdict Verdict { get; init; }

    /// <summary>The metrics beside the first.</summary>
    public IReadOnlyList<MetricReport> Others { get; init; } = [];

    /// <summary>Each output that holds numbers in both models.</summary>
    public IReadOnlyList<OutputReport> Outputs { get; init; } = [];

    /// <summary>Elements of all outputs that are NaN or infinite in the artifact where float32 has a finite number.</summary>
    public long NonFinite => Outputs.Sum(o => o.NonFinite);

    /// <summary>The verdict of each metric.</summary>
    public IEnumerable<GateVerdict> Verdicts => Others.Select(o => o.Verdict).Prepend(Verdict);

    /// <summary>The worst verdict: regressed where one metric regressed.</summary>
    public GateOutcome Outcome =>
        Verdicts.Any(v => v.Outcome == GateOutcome.Regressed) ? GateOutcome.Regressed
        : Verdicts.Any(v => v.Outcome == GateOutcome.TooFewSamples) ? GateOutcome.TooFewSamples
        : GateOutcome.Passed;

    /// <summary>What an emulator of the profile's processors gave on a part of the samples; null where none ran.</summary>
    public Emulation.EmulatedReport? Emulated { get; init; }

    /// <summary>SQNR at each integer layer, the layers that lose most first; empty where it was not asked for.</summary>
    public IReadOnlyList<LayerLoss> Layers { get; init; } = [];

    /// <summary>Float bytes ÷ artifact bytes.</summary>
    public double Compression => (double)FloatBytes / ArtifactBytes;
}
