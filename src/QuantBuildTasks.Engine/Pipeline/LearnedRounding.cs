using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>The step between planning and rewriting: rounds weights for what their layers compute on the calibration data. What layers read is looked at once, for all plans.</summary>
/// <param name="run">The job.</param>
/// <param name="prepared">The model that plans are made for; not changed.</param>
/// <param name="data">Its samples.</param>
internal sealed class LearnedRounding(JobRun run, OnnxModel prepared, JobData data)
{
    /// <summary>Samples and patches that rounding learns from: neighbouring patches say nearly the same, and so do more samples than these.</summary>
    private const int MostSamples = 128;
    private const int PatchesPerLayer = 2048;

    private IReadOnlyDictionary<string, LayerMoments>? _moments;

    /// <summary>
    /// The same for the artifact: where activations become integers too, each layer is rounded for what it reads in the quantized model, which takes a run of both models.
    /// </summary>
    /// <param name="model">A copy of the prepared model; changed in place.</param>
    /// <param name="plan">Its formats.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public void ApplyInTurn(OnnxModel model, QuantizationPlan plan)
    {
        if (!IsPossible || plan.Activations.Count == 0 || plan.Format != NumberFormat.Integer8)
        {
            Apply(model, plan);
            return;
        }

        new SequentialRounding(run.Inference, run.Walk("Rounding"), run.Cancellation).Apply(model, plan, data.Learning.First(MostSamples), PatchesPerLayer);
    }

    /// <summary>
    /// Replaces weights by numbers that the plan's formats hold exactly; nothing where data for calibration is missing, which validation data must not
    /// replace, and for weights that do not fit into memory twice.
    /// </summary>
    /// <param name="model">A copy of the prepared model; changed in place.</param>
    /// <param name="plan">Its formats.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public void Apply(OnnxModel model, QuantizationPlan plan)
    {
        if (IsPossible)
        {
            WeightRounding.Apply(model, plan, _moments ??= Watch());
        }
    }

    private bool IsPossible => run.Job.Recipe != Recipe.Fast && run.Job.CalibrationData.Count > 0 && prepared.Weights is null;

    private IReadOnlyDictionary<string, LayerMoments> Watch() => new MomentCollector(run.Inference).Collect(
        prepared, prepared.Graph.Nodes, data.Learning.First(MostSamples), PatchesPerLayer, run.Walk("Rounding"), run.Cancellation);
}
