using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Layers;

/// <summary>A layer to compare: its name for people, and the value that holds its output in the float model and, dequantized, in the quantized one.</summary>
internal readonly record struct ComparedLayer(string Node, string Tensor);

/// <summary>
/// Follows quantization noise through a model: both models run on the same samples, the quantized one in float32 arithmetic between its roundings, and each layer's output is compared.
/// </summary>
/// <param name="inference">Runs the models.</param>
/// <param name="options">How to walk over the samples; what is found does not depend on the number of workers.</param>
internal sealed class LayerComparison(IInference inference, CalibrationOptions options)
{
    /// <summary>More samples change the picture little.</summary>
    public const int MostSamples = 64;

    /// <summary>Compares the layers whose tensors both models compute as float32 and, for some sample, in the same size; the others are left out.</summary>
    /// <param name="floatModel">The ONNX file before quantization, with the names that the quantized one has kept.</param>
    /// <param name="quantizedModel">The ONNX file in QDQ form.</param>
    /// <param name="layers">What to look at.</param>
    /// <param name="data">The samples; the first <see cref="MostSamples"/> are used.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <returns>The layers that lose most first; see <see cref="NoiseBudget"/> for what they lose.</returns>
    public IReadOnlyList<LayerLoss> Compare(
        StoredModel floatModel,
        StoredModel quantizedModel,
        IReadOnlyList<ComparedLayer> layers,
        Dataset data,
        CancellationToken cancellation = default)
    {
        string[] tensors = [.. layers.Select(l => l.Tensor).Distinct()];
        OnnxModel original = ModelReader.Read(floatModel);

        // Both models have these tensors in sight at once.
        using ExposedPass pass = ExposedPass.Open(inference, original, tensors, data.First(MostSamples), options with { MostBytes = options.MostBytes / 2 });
        var unfused = new SessionSettings { PlansMemory = false, Configuration = new Dictionary<string, string> { ["session.disable_quant_qdq"] = "1" } };
        using IInferenceSession candidate = inference.Open(ExposedModel.From(ModelReader.Read(quantizedModel), tensors).File, unfused);
        Dictionary<string, int> places = pass.Session.Outputs.Index().ToDictionary(o => o.Item.Name, o => o.Index, StringComparer.Ordinal);
        var sums = new Dictionary<string, SignalNoise>(StringComparer.Ordinal);
        var inOrder = new OrderedMerge<List<(string Tensor, SignalNoise Sum)>>(batch => batch.ForEach(b => sums[b.Tensor] = sums.GetValueOrDefault(b.Tensor) + b.Sum));
        pass.Run(() => places, (_, range, inputs) => inOrder.Add(range, Compare(pass.Session, candidate, places, inputs)), cancellation);
        return NoiseBudget.Of(original.Graph, [.. layers.Where(l => sums.ContainsKey(l.Tensor))], sums);
    }

    private static List<(string Tensor, SignalNoise Sum)> Compare(
        IInferenceSession reference, IInferenceSession candidate, Dictionary<string, int> places, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var sums = new List<(string, SignalNoise)>();
        IReadOnlyList<Tensor> expected = reference.Run(inputs);
        candidate.Run(inputs, (index, _, bytes) =>
        {
            ModelPort port = candidate.Outputs[index];
            if (port.Type == ElementType.Float32 && places.TryGetValue(port.Name, out int place) && expected[place].Type == ElementType.Float32)
            {
                ReadOnlySpan<float> original = expected[place].Span<float>();
                ReadOnlySpan<float> changed = MemoryMarshal.Cast<byte, float>(bytes);

                // Where quantization turns a condition over, only one of the models runs the layer, or each runs it on another number of elements.
                if (original.Length > 0 && original.Length == changed.Length)
                {
                    sums.Add((port.Name, SignalNoise.Of(original, changed)));
                }
            }
        });
        return sums;
    }
}
