using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// Rounds the weights of a model layer by layer in the order in which they compute, each for what it really reads: its input as the quantized layers before it give it. Weights make up
/// for what is wrong with that input (<see cref="InputErrorCompensation"/>), the bias takes what is left of the mean error (Nagel et al. 2019: bias correction in topological order), and
/// only then the next layer is looked at. Both models run once, in steps.
/// </summary>
/// <param name="inference">Runs the models.</param>
/// <param name="options">How to walk over the samples.</param>
/// <param name="cancellation">Ends the walk between two batches.</param>
internal sealed class SequentialRounding(IInference inference, CalibrationOptions options, CancellationToken cancellation = default)
{
    /// <summary>What is kept of both models between two steps. Samples for which there is no room are left out from there on.</summary>
    private const long MostKept = 1L << 28;

    /// <summary>
    /// Share of the mean variance of the inputs that is added to each: with less, weights follow what is peculiar to the samples.
    /// </summary>
    private const double Damping = 1;

    /// <summary>A mean of fewer patches says too little about the error of a layer's input.</summary>
    private const int LeastPatches = 16;

    /// <summary>Rounds in place.</summary>
    /// <param name="model">A copy of the prepared model.</param>
    /// <param name="prepared">The main graph that the plan was made for, with the type of every value known.</param>
    /// <param name="plan">The formats.</param>
    /// <param name="profile">What the plan was made for.</param>
    /// <param name="data">The samples.</param>
    /// <param name="patchesPerLayer">About how many patches to look at.</param>
    /// <returns>The plan with the scales that the new weights take.</returns>
    /// <exception cref="Diagnostics.QuantException">QBT1004: a model does not run on the data.</exception>
    public QuantizationPlan Apply(OnnxModel model, Graph prepared, QuantizationPlan plan, HardwareProfile profile, Dataset data, int patchesPerLayer)
    {
        // What is kept between two steps comes on top of what is dead else.
        FreedMemory.Return();
        IReadOnlyDictionary<string, Tensor>[] batches = [.. data.Batches(options.BatchSize).Select(data.Batch)];
        var formats = new LayerFormats(prepared, plan, profile);
        OnnxModel rewritten = ModelWriter.Copy(model);
        PlanRewriter.Rewrite(rewritten, plan with { Weights = [.. plan.Weights.Where(w => w.Axis is null)], Stored = [], Recurrent = [] });
        var exact = new SteppedModel(inference, ModelWriter.Copy(model), formats.Has, batches);
        var quantized = new SteppedModel(inference, rewritten, formats.Has, batches);
        ILookup<int, Node> inStep = exact.Nodes.Where(formats.Has).ToLookup(exact.StepOf);
        Dictionary<string, Node> layers = model.Graph.Nodes.Where(formats.Has).ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        Dictionary<string, Node> twins = quantized.Nodes.Where(formats.Has).ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        for (int step = 0; step < exact.Steps; step++)
        {
            foreach (Node node in inStep[step])
            {
                Node twin = twins[node.DisplayName];
                PairedMoments moments = Watch(exact, node, quantized, twin, patchesPerLayer);
                Round(layers[node.DisplayName], twin, moments, formats);
            }

            exact.Advance(step, options.Workers, MostKept / 2, cancellation);
            quantized.Advance(step, options.Workers, MostKept / 2, cancellation);
            exact.Keep(quantized.Batches);
            quantized.Keep(exact.Batches);
            options.Progress?.Invoke((step + 1.0) / exact.Steps);
        }

        return formats.Plan;
    }

    private static void Round(Node layer, Node twin, PairedMoments moments, LayerFormats formats)
    {
        LayerRounding rounding = LayerRounding.Of(layer, moments, addsBias: true);
        Tensor weight = layer.Input(1)!.Constant!;
        float[] weights = weight.Span<float>().ToArray();
        for (int group = 0; group < moments.Read.Groups; group++)
        {
            if (InputErrorCompensation.Of(moments, group, rounding.IsCentred, Damping) is { } compensation)
            {
                Parallel.For(group * rounding.Rows.PerGroup, (group + 1) * rounding.Rows.PerGroup, r => compensation.Apply(weights, rounding.Rows, r));
            }
        }

        Func<int, float> scaleOf = formats.Fit(layer, Tensor.Of(weights, [.. weight.Dims]));
        float[]? bias = rounding.Round(weights, scaleOf);
        rounding.Put(layer, weights, bias);
        rounding.Put(twin, weights, bias);
    }

    private static PairedMoments Watch(SteppedModel exact, Node node, SteppedModel quantized, Node twin, int patchesPerLayer)
    {
        var sums = new PairedSums(LayerPatches.Of(node)!, withProducts: true);
        int perBatch = Math.Max(1, (patchesPerLayer + exact.Batches - 1) / exact.Batches);
        for (int b = 0; b < exact.Batches; b++)
        {
            sums.Add(exact.Get(b, node.Input(0)!), quantized.Get(b, twin.Input(0)!), perBatch);
        }

        return sums.ToMoments(LeastPatches);
    }
}
