using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Saturation;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>Measures a variant against the float model, as far as possible in the arithmetic of its profile, and says what the gates make of it.</summary>
/// <param name="run">The job.</param>
/// <param name="floatModel">The ONNX file that variants are compared with.</param>
/// <param name="data">The samples.</param>
internal sealed class VariantMeasurement(JobRun run, byte[] floatModel, JobData data)
{
    public ValidationReport Measure(HardwareProfile profile, MadeVariant made)
    {
        run.Tell("Validation", 0);
        var arithmetic = HostArithmetic.Of(profile, run.Host);
        SaturatingLayer[] saturating = profile.Saturation == SaturationRule.None ? [] : SaturatingLayer.In(ModelReader.Read(made.Artifact, run.Job.DisplayPath));
        if (HostFinding.Of(run.Job, profile, run.Host, arithmetic) is { } finding)
        {
            run.Say(finding);
        }

        var request = new ValidationRequest
        {
            FloatModel = floatModel,
            Artifact = made.Artifact,
            Data = data.Validation,
            Metrics = run.Job.Metrics,
            BatchSize = run.Job.BatchSize ?? 50,
            Workers = run.Workers,
            IntegerShare = made.Plan.IntegerShare,
            Basis = saturating.Length > 0 && arithmetic.Basis == HostArithmetic.Proved ? HostArithmetic.NotTried : arithmetic.Basis,
            Configuration = arithmetic.Configuration,
            MeasureLatency = arithmetic.IsNative,
            DisplayPath = run.Job.DisplayPath,
            Progress = fraction => run.Tell("Validation", fraction),
        };
        ValidationReport report = new Validator(run.Inference, TimeProvider.System).Validate(request, run.Cancellation) with { Layers = CompareLayers(profile, made) };
        foreach (Diagnostic gate in GateFindings.Of(run.Job, profile, report, saturating, data.Calibration.Count))
        {
            run.Say(gate);
        }

        if (saturating.Length > 0)
        {
            run.Say(SaturationText.Finding(profile, saturating, measured: arithmetic.IsNative) with { Profile = profile.Name });
        }

        return report;
    }

    /// <summary>Where the noise comes from; on calibration data, so that the validation data is looked at for the verdict alone.</summary>
    private IReadOnlyList<LayerLoss> CompareLayers(HardwareProfile profile, MadeVariant made)
    {
        ComparedLayer[] layers = [.. made.Plan.Nodes
            .Where(n => n is { Precision: NodePrecision.Integer, Result: not null })
            .Select(n => new ComparedLayer(n.Node, n.Result!))];
        try
        {
            return new LayerComparison(run.Inference).Compare(made.Source, made.Artifact, layers, data.Calibration, run.Cancellation);
        }
        catch (QuantException e)
        {
            // It explains a verdict that stands already: the artifact is measured, and must not be lost for want of an explanation.
            run.Say(Diagnostic.Message(e.Diagnostic.Code, $"The layers could not be compared, so the report lists none. {e.Diagnostic.Text}") with { Profile = profile.Name });
            return [];
        }
    }
}
