using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Reporting;

/// <summary>Results as the engine gives them, made by hand.</summary>
internal static class SampleResult
{
    public static QuantJob Job(string displayPath = "models/fashion.onnx", params HardwareProfile[] profiles) => new()
    {
        ModelPath = "/somewhere/private/" + displayPath,
        DisplayPath = displayPath,
        Profiles = profiles.Length > 0 ? profiles : [BuiltInProfiles.X64Vnni],
        CalibrationData = ["/somewhere/private/calibration.npz"],
    };

    public static ValidationReport Report() => new()
    {
        Metric = MetricKind.Top1,
        FloatValue = 0.9168,
        Value = 0.9161,
        Drop = 0.0007,
        DropInterval = new Interval(-0.0013, 0.0027),
        Samples = 10_000,
        SqnrDb = 31.26,
        FloatBytes = 1_873_480,
        ArtifactBytes = 483_541,
        Speedup = 1.93,
        IntegerShare = 0.9987,
        Basis = "native",
        Verdict = new GateVerdict(GateOutcome.Passed, new MaxDrop(MaxDropKind.Points, 0.01), "top-1 fell by 0.1 points to 91.6 %"),
        Layers = [new LayerLoss("/features/3/Conv", 24.5, 3.2)],
    };

    public static QuantizationPlan Plan(string profile = "x64-vnni", NodePrecision precision = NodePrecision.Integer) => new()
    {
        Profile = profile,
        Activations = [new ActivationFormat("image", ElementType.UInt8, 0.5f, 3)],
        Weights = [new WeightFormat("conv_0", 1, ElementType.Int8, [0.25f, 0.125f], ZeroPoint: 0, Axis: 0)],
        Nodes = [new NodeDecision("conv_0", "Conv", precision, precision == NodePrecision.Float32 ? "the weight is no constant" : null, "y", 1234)],
    };

    public static QuantVariant Variant(HardwareProfile? profile = null, byte[]? artifact = null, ValidationReport? report = null) =>
        new(profile ?? BuiltInProfiles.X64Vnni, artifact ?? [1, 2, 3], Plan((profile ?? BuiltInProfiles.X64Vnni).Name), report ?? Report());

    public static QuantResult Of(QuantJob? job = null, params QuantVariant[] variants) =>
        new(job ?? Job(), 1_873_480, variants.Length > 0 ? variants : [Variant()], [Diagnostic.Message(Codes.ValidationFromCalibration, "Every fifth calibration sample is used.")]);

    public static HardwareProfile Profile(string name, string features) => BuiltInProfiles.X64Vnni with { Name = name, Features = features };
}
