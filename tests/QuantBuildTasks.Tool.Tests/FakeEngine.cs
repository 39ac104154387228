using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Tool.Tests;

/// <summary>Stands for the engine: notes its jobs, and answers what a test wants.</summary>
internal sealed class FakeEngine
{
    public List<QuantJob> Jobs { get; } = [];

    /// <summary>The answer to a job.</summary>
    public Func<QuantJob, QuantResult> Answer { get; set; } = job => Passed(job);

    /// <summary>Called before the answer.</summary>
    public Action<Action<QuantProgress>?> During { get; set; } = _ => { };

    public QuantResult Run(QuantJob job, Action<QuantProgress>? progress, CancellationToken cancellation)
    {
        Jobs.Add(job);
        During(progress);
        cancellation.ThrowIfCancellationRequested();
        return Answer(job);
    }

    public static QuantResult Passed(QuantJob job, params Diagnostic[] findings) =>
        new(job, 400, [.. job.Profiles.Select(p => new QuantVariant(p, new byte[] { 1, 2, 3 }, Plan(p), Report(GateOutcome.Passed)))], findings);

    public static QuantResult Regressed(QuantJob job)
    {
        HardwareProfile profile = job.Profiles[0];
        return new(
            job,
            400,
            [new QuantVariant(profile, new byte[] { 1, 2, 3 }, Plan(profile), Report(GateOutcome.Regressed))],
            [Diagnostic.Error(Codes.AccuracyRegressed, "top-1 fell by 2.3 points.", job.DisplayPath) with { Profile = profile.Name }]);
    }

    private static QuantizationPlan Plan(HardwareProfile profile) => new()
    {
        Profile = profile.Name,
        Activations = [],
        Weights = [],
        Nodes = [new NodeDecision("conv", "Conv", NodePrecision.Integer, Reason: null, Result: "y", MultiplyAdds: 10)],
    };

    private static ValidationReport Report(GateOutcome outcome) => new()
    {
        Metric = MetricKind.Top1,
        FloatValue = 0.9,
        Value = 0.89,
        Drop = 0.01,
        Samples = 200,
        SqnrDb = 30,
        FloatBytes = 400,
        ArtifactBytes = 100,
        IntegerShare = 1,
        Basis = "native",
        Verdict = new GateVerdict(outcome, new MaxDrop(MaxDropKind.Points, 0.01), "top-1 fell by 1.0 points to 89.0 %"),
    };
}
