using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>The step between planning and rewriting: rounds weights for what their layers compute on the calibration data. What a layer reads is looked at once for all plans that give it the same format.</summary>
/// <param name="run">The job.</param>
/// <param name="prepared">The model that plans are made for; not changed.</param>
/// <param name="data">Its samples.</param>
internal sealed class LearnedRounding(JobRun run, OnnxModel prepared, JobData data)
{
    /// <summary>Samples and patches that rounding learns from: neighbouring patches say nearly the same, and so do more samples than these.</summary>
    private const int MostSamples = 128;
    private const int PatchesPerLayer = 2048;

    /// <summary>Matrices that are in memory together take a model's size or this, whichever is more.</summary>
    private const long LeastSetBytes = 64 << 20;

    private readonly RoundedWeights _known = new();

    /// <summary>
    /// Rounds layer after layer, each for what it reads in the quantized model (<see cref="SequentialRounding"/>), which takes a run of both models and serves this plan alone.
    /// </summary>
    /// <param name="model">A copy of the prepared model; changed in place.</param>
    /// <param name="plan">Its formats.</param>
    /// <param name="profile">What the plan is for.</param>
    /// <returns>The plan with the scales that the new weights take; null where no input of a layer is quantized, or nothing can be learnt.</returns>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public QuantizationPlan? ApplyInTurn(OnnxModel model, QuantizationPlan plan, HardwareProfile profile) =>
        IsPossible && plan.Activations.Count > 0 && plan.Format == NumberFormat.Integer8
            ? new SequentialRounding(run.Inference, run.Walk("Rounding"), run.Cancellation).Apply(model, prepared.Graph, plan, profile, data.Learning.Spread(MostSamples), PatchesPerLayer)
            : null;

    /// <summary>
    /// Replaces weights by numbers that the plan's formats hold exactly; nothing where data for calibration is missing, which validation data must not
    /// replace, and for weights that do not fit into memory twice.
    /// </summary>
    /// <param name="model">A copy of the prepared model; changed in place.</param>
    /// <param name="plan">Its formats.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public void Apply(OnnxModel model, QuantizationPlan plan)
    {
        if (!IsPossible)
        {
            return;
        }

        Dictionary<string, Node> nodes = model.Graph.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        IReadOnlyDictionary<string, IReadOnlyList<float>> scales = RoundedWeights.Scales(prepared.Graph, plan);
        HashSet<string> missing = [.. scales.Where(s => !_known.TrySet(nodes[s.Key], s.Value)).Select(s => s.Key)];
        if (missing.Count > 0)
        {
            Watch(missing, (name, moments) =>
            {
                Tensor? bias = nodes[name].Input(2)?.Constant;
                WeightRounding.Apply(model, plan, new Dictionary<string, LayerMoments> { [name] = moments });
                _known.Add(nodes[name], scales[name], hasNewBias: nodes[name].Input(2)?.Constant != bias);
            });
        }
    }

    private bool IsPossible => run.Job.Recipe != Recipe.Fast && run.Job.CalibrationData.Count > 0 && prepared.Weights is null;

    private void Watch(HashSet<string> layers, Action<string, LayerMoments> take)
    {
        long weights = prepared.Graph.Initializers.Sum(i => (long)i.Initializer!.Bytes.Length);
        new MomentCollector(run.Inference) { SetBytes = Math.Max(LeastSetBytes, weights), HoldsOut = true }.Collect(
            prepared, prepared.Graph.Nodes.Where(n => layers.Contains(n.DisplayName)), data.Learning.Spread(MostSamples), PatchesPerLayer, run.Walk("Rounding"), take, run.Cancellation);
    }
}
