using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Search;

/// <summary>Measures candidates on the held-out samples, and says nothing: what a build says is about the one that is kept.</summary>
/// <param name="run">The job.</param>
/// <param name="floatModel">What candidates are compared with.</param>
/// <param name="data">The samples.</param>
/// <param name="outputs">The outputs whose noise counts.</param>
internal sealed class CandidateMeter(JobRun run, StoredModel floatModel, JobData data, IReadOnlySet<string> outputs)
{
    private readonly Dataset _heldOut = data.Split!.HeldOut;
    private Objective? _objective;

    /// <summary>What candidates are weighed by; known once one was measured.</summary>
    public Objective Objective => _objective ?? throw new InvalidOperationException("Nothing was measured yet.");

    /// <summary>How many samples candidates are measured on.</summary>
    public int Samples => _heldOut.Count;

    /// <summary>Measures a candidate.</summary>
    /// <param name="profile">Its profile.</param>
    /// <param name="made">The candidate.</param>
    /// <param name="time">Its estimated time ÷ float32's.</param>
    /// <exception cref="Diagnostics.QuantException">As <see cref="Validator"/>.</exception>
    public Candidate Measure(HardwareProfile profile, MadeVariant made, double time)
    {
        var request = new ValidationRequest
        {
            FloatModel = floatModel,
            Artifact = made.Artifact,
            Data = _heldOut,
            Metrics = Metrics(),
            BatchSize = run.Job.BatchSize ?? 50,
            Workers = run.Workers,
            IntegerShare = made.Plan.IntegerShare,
            ExactSums = HostArithmetic.Of(profile, run.Host).ExactSums,
            MeasureLatency = false,
            DisplayPath = run.Job.DisplayPath,
            Progress = fraction => run.Tell("Search", fraction),
        };
        ValidationReport report = new Validator(run.Inference, TimeProvider.System).Validate(request, run.Cancellation);
        double[] noise = [.. report.Outputs.Where(o => outputs.Contains(o.Name)).Select(o => double.IsNaN(o.SqnrDb) ? double.PositiveInfinity : Math.Pow(10, -o.SqnrDb / 10))];
        double worst = noise.DefaultIfEmpty(0).Max();
        _objective ??= Objective.Of(request.Metrics, report.Metric, limit => FloorDb(report.Output, limit));
        bool holds = HoldsLimits(request.Metrics, report) && report.NonFinite == 0 && !(ChainStep.Db(worst) < _objective.FloorDb)
            && !(run.Job.MinCompression > report.Compression) && !(run.Job.MaxLatencyRatio < time && profile.Format == NumberFormat.Integer8);
        return new Candidate(made, noise, new ChainMeasure(time, 1 / report.Compression, worst, holds));
    }

    /// <summary>Of few samples one more may decide otherwise than the limit allows: the floor in decibels says more.</summary>
    private static bool HoldsLimits(IReadOnlyList<MetricRequest> metrics, ValidationReport report) =>
        report.Outcome != GateOutcome.Regressed
        || (report is { Metric: MetricKind.Agreement, Others: [] } && (report.Samples * report.Drop) - 1 <= report.Samples * Objective.Points(metrics[0].MaxDrop ?? Gate.Default(MetricKind.Agreement)));

    private double FloorDb(string? output, double limit)
    {
        (double[] margins, double meanSquare) = DecisionFloor.Scores(run, floatModel, data.Calibration, output);
        return DecisionFloor.Db(margins, meanSquare, limit);
    }

    /// <summary>What is asked for, as far as the calibration data have the labels that it takes; else what compares with float32.</summary>
    private IReadOnlyList<MetricRequest> Metrics()
    {
        if (_heldOut.HasLabels || !data.Validation.HasLabels)
        {
            return run.Job.Metrics;
        }

        MetricRequest[] without = [.. run.Job.Metrics.Where(m => m.Kind is { } kind && !kind.NeedsLabels())];
        return without.Length > 0 ? without : [new MetricRequest { Output = run.Job.Metrics[0].Output }];
    }

    /// <summary>The float outputs that metrics name, or all; where there are none, integer ones.</summary>
    public static IReadOnlySet<string> OutputsThatCount(QuantJob job, Graph graph)
    {
        string[] named = [.. job.Metrics.Select(m => m.Output).OfType<string>()];
        Value[] floats = [.. graph.Outputs.Where(o => o.Type == ElementType.Float32 && (named.Length == 0 || named.Contains(o.Name)))];
        return (floats.Length > 0 ? floats : graph.Outputs).Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
    }
}
