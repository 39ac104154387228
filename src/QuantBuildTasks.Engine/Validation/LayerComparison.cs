using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>A layer to compare: its name for people, and the value that holds its output in the float model and, dequantized, in the quantized one.</summary>
internal readonly record struct ComparedLayer(string Node, string Tensor);

/// <summary>
/// Follows quantization noise through a model: both models run on the same samples, unfused, and each layer's output is compared.
/// </summary>
internal sealed class LayerComparison(IInference inference)
{
    /// <summary>More samples change the picture little.</summary>
    public const int MostSamples = 64;

    private const int BatchSize = 8;

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
        var settings = new SessionSettings { Optimization = GraphOptimization.None };
        using IInferenceSession reference = inference.Open(ExposedModel.From(floatModel, tensors).File, settings);
        using IInferenceSession candidate = inference.Open(ExposedModel.From(quantizedModel, tensors).File, settings);

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < reference.Outputs.Count; i++)
        {
            places[reference.Outputs[i].Name] = i;
        }

        var sums = new Dictionary<string, SignalNoise>(StringComparer.Ordinal);
        Dataset samples = data.First(MostSamples);
        foreach (SampleRange range in samples.Batches(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyDictionary<string, Tensor> inputs = samples.Batch(range);
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
                        sums.TryGetValue(port.Name, out SignalNoise before);
                        sums[port.Name] = before + SignalNoise.Of(original, changed);
                    }
                }
            });
        }

        return NoiseBudget.Of(ModelReader.Read(floatModel).Graph, [.. layers.Where(l => sums.ContainsKey(l.Tensor))], sums);
    }
}
