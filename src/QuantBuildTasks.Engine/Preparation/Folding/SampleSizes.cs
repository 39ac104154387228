using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>The sizes that the values of a model have for one sample, where the model itself leaves them open: what operators cost depends on them.</summary>
internal static class SampleSizes
{
    /// <summary>Infers; nothing is computed.</summary>
    /// <param name="model">A prepared model; it stays as it is.</param>
    /// <param name="sample">One array for each input.</param>
    /// <param name="inference">What infers shapes.</param>
    /// <returns>Shapes by value name, of the values whose shape became known better; empty where the model leaves nothing open, or is not held in memory.</returns>
    public static IReadOnlyDictionary<string, Shape> Of(OnnxModel model, IReadOnlyDictionary<string, Tensor> sample, IInference inference)
    {
        if (model.Weights is not null || !model.Graph.Inputs.Any(i => sample.ContainsKey(i.Name) && i.Shape is not { IsStatic: true }))
        {
            return new Dictionary<string, Shape>();
        }

        OnnxModel copy = ModelWriter.Copy(model);
        Fix(copy, sample);
        new ShapeInference(inference).Apply(copy, []);
        return copy.Graph.SelfAndSubgraphs().SelectMany(g => g.Values).Where(v => v.Shape is not null && v.Constant is null)
            .DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Shape!, StringComparer.Ordinal);
    }

    /// <summary>Makes a model one for batches of one size alone, so that ONNX Runtime knows what every value takes before it runs.</summary>
    /// <param name="model">Changed in place: its inputs have the sizes of the batch.</param>
    /// <param name="batch">Arrays of inputs; those of all batches to come have their sizes.</param>
    public static void Fix(OnnxModel model, IReadOnlyDictionary<string, Tensor> batch)
    {
        foreach (Value input in model.Graph.Inputs)
        {
            input.Shape = batch.TryGetValue(input.Name, out Tensor? tensor) ? Shape.Of(tensor.Dims) : input.Shape;
        }

        foreach (Value output in model.Graph.Outputs)
        {
            // What the model promises of its outputs is said with the sizes left open.
            output.Shape = output.IsGraphInput ? output.Shape : null;
        }
    }
}
