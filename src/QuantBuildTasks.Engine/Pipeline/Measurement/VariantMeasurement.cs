using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Saturation;

namespace QuantBuildTasks.Engine.Pipeline.Measurement;

/// <summary>Measures a variant against the float model, as far as possible in the arithmetic of its profile, and says what the gates make of it.</summary>
/// <param name="run">The job.</param>
/// <param name="floatModel">The ONNX file that variants are compared with.</param>
/// <param name="floatBytes">Size of the file that the user has, which may be another than that of <paramref name="floatModel"/>.</param>
/// <param name="data">The samples.</param>
/// <param name="emulation">Other processors.</param>
internal sealed class VariantMeasurement(JobRun run, StoredModel floatModel, long floatBytes, JobData data, EmulatedMeasurement emulation)
{
    /// <summary>What was measured on this machine's kernels already: profiles can share an artifact.</summary>
    private readonly List<(StoredModel Artifact, HostArithmetic Arithmetic, ValidationReport Report)> _known = [];

    /// <summary>Looks at the validation data once.</summary>
    public Verdict Measure(HardwareProfile profile, MadeVariant made)
    {
        var arithmetic = HostArithmetic.Of(profile, run.Host);
        var findings = new List<Diagnostic>();
        ValidationReport report = MeasureHere(profile, made, arithmetic, findings);
        SaturatingLayer[] saturating = profile.Saturation == SaturationRule.None ? [] : SaturatingLayer.In(ModelReader.Read(made.Artifact, run.Job.DisplayPath));
        bool isProved = saturating.Length == 0 && !arithmetic.IsEstimate;
        string? missing = null;
        if (!arithmetic.IsNative)
        {
            (EmulatedReport? emulated, missing) = !isProved && run.Job.Metrics.Count > 1
                ? (null, "under an emulator one metric can be measured, and Metric names several")
                : emulation.Score(profile, made.Artifact, arithmetic.ExactSums, report.Metric);
            report = emulated is null ? report : Emulated(report, emulated, isProved, run.Job.Metrics[0].MaxDrop);
        }

        if (saturating.Length > 0 && arithmetic.Basis == HostArithmetic.Proved && report.Emulated is null)
        {
            report = report with { Basis = HostArithmetic.NotTried };
        }

        bool needsVnni = profile.CountsOnVnni && UnsignedWeights.AreOutOfReach(ModelReader.Read(made.Artifact, run.Job.DisplayPath));
        findings.AddRange(HostFinding.Of(run.Job, profile, run.Host, arithmetic, report, needsVnni, missing));
        findings.AddRange(GateFindings.Of(run.Job, profile, report, saturating, data.Calibration.Count, made.Search));
        if (saturating.Length > 0 && report.Outcome != GateOutcome.Regressed)
        {
            findings.Add(SaturationText.Finding(profile, saturating, report, missing));
        }

        return new Verdict(report, needsVnni, findings);
    }

    private ValidationReport MeasureHere(HardwareProfile profile, MadeVariant made, HostArithmetic arithmetic, List<Diagnostic> findings)
    {
        foreach ((StoredModel artifact, HostArithmetic had, ValidationReport known) in _known)
        {
            // Time is the profile's own where its kernels run; accuracy depends on bytes and kernels alone.
            if (!arithmetic.IsNative && artifact.IsSameAs(made.Artifact) && had.ExactSums == arithmetic.ExactSums)
            {
                return known with { Basis = arithmetic.Basis, Speedup = null, LoadRatio = null };
            }
        }

        run.Tell("Validation", 0);
        var request = new ValidationRequest
        {
            FloatModel = floatModel,
            FloatBytes = floatBytes,
            Artifact = made.Artifact,
            Data = data.Validation,
            Metrics = run.Job.Metrics,
            BatchSize = run.Job.BatchSize ?? 50,
            Workers = run.Workers,
            IntegerShare = made.Plan.IntegerShare,
            Basis = arithmetic.Basis,
            ExactSums = arithmetic.ExactSums,
            MeasureLatency = arithmetic.IsNative && floatModel.IsWhole,
            DisplayPath = run.Job.DisplayPath,
            Progress = fraction => run.Tell("Validation", fraction),
        };
        ValidationReport report = new Validator(run.Inference, TimeProvider.System).Validate(request, run.Cancellation) with { Layers = CompareLayers(profile, made, findings) };
        _known.Add((made.Artifact, arithmetic, report));
        return report;
    }

    /// <summary>
    /// Where the integer results are those measured here by proof, the emulated run on a part of the samples confirms what all samples gave; it
    /// counts by itself where it shows a regression nevertheless, or where nothing is proved.
    /// </summary>
    private static ValidationReport Emulated(ValidationReport here, EmulatedReport emulated, bool isProved, MaxDrop? limit)
    {
        ValidationReport report = here with { Basis = HostArithmetic.Emulated, Emulated = emulated };
        return isProved && !Overrules(emulated, here, limit) ? report : report with
        {
            FloatValue = emulated.Result.FloatValue,
            Value = emulated.Result.Value,
            Drop = emulated.Result.Drop,
            DropInterval = emulated.Result.DropInterval,
            Samples = emulated.Result.Samples,
            Verdict = emulated.Verdict,
        };
    }

    /// <summary>
    /// An estimate from a part of the samples is less exact than what all of them gave; what it adds is how far the two runs of the artifact part on the same samples. Together they
    /// must hold the limit.
    /// </summary>
    private static bool Overrules(EmulatedReport emulated, ValidationReport here, MaxDrop? limit)
    {
        double apart = emulated.AgainstNative.EmulatedValue - emulated.AgainstNative.NativeValue;
        MetricResult corrected = emulated.Result with
        {
            FloatValue = here.FloatValue,
            Value = here.Value + apart,
            Drop = here.Drop + (here.Metric.LessIsBetter() ? apart : -apart),
            DropInterval = null,
        };
        return emulated.Verdict.Outcome == GateOutcome.Regressed && Gate.Judge(corrected, limit).Outcome == GateOutcome.Regressed;
    }

    /// <summary>Where the noise comes from; on calibration data, so that the validation data is looked at for the verdict alone.</summary>
    private IReadOnlyList<LayerLoss> CompareLayers(HardwareProfile profile, MadeVariant made, List<Diagnostic> findings)
    {
        ComparedLayer[] layers = [.. made.Plan.Nodes
            .Where(n => n is { Precision: NodePrecision.Integer, Result: not null })
            .Select(n => new ComparedLayer(n.Node, n.Result!))];
        if (layers.Length == 0)
        {
            return [];
        }

        try
        {
            return new LayerComparison(run.Inference, run.Walk("Validation") with { Progress = null }).Compare(made.Source, made.Artifact, layers, data.Calibration, run.Cancellation);
        }
        catch (QuantException e)
        {
            // It explains a verdict that stands already: the artifact is measured, and must not be lost for want of an explanation.
            findings.Add(Diagnostic.Message(e.Diagnostic.Code, $"The layers could not be compared, so the report lists none. {e.Diagnostic.Text}") with { Profile = profile.Name });
            return [];
        }
    }
}

/// <summary>What was measured of a variant on the validation data, and what the build says to it.</summary>
/// <param name="Report">What was measured.</param>
/// <param name="NeedsVnni">Whether an app on an x64 processor without VNNI cannot open it with right results (<see cref="UnsignedWeights.AreOutOfReach"/>).</param>
/// <param name="Findings">What the build says.</param>
internal sealed record Verdict(ValidationReport Report, bool NeedsVnni, IReadOnlyList<Diagnostic> Findings);
