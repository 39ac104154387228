using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>A float model that ran once on one batch: the types, shapes and exact ranges of all its values.</summary>
internal sealed class TappedRun
{
    /// <summary>Runs the model, all values of its main graph given out.</summary>
    /// <param name="model">Its file.</param>
    /// <param name="settings">How it is opened.</param>
    /// <param name="sample">Makes the batch of an input.</param>
    public TappedRun(byte[] model, SessionSettings settings, Func<ModelPort, Tensor> sample)
    {
        Typed = ModelReader.Read(model);
        OnnxModel tapped = ModelReader.Read(model);
        foreach (Value value in tapped.Graph.Values.Where(v => v.Producer is not null && !v.IsGraphOutput).ToArray())
        {
            tapped.Graph.AddOutput(value);
        }

        using IInferenceSession session = new OrtInference().Open(ModelWriter.Write(tapped), settings);
        Dictionary<string, Tensor> inputs = session.Inputs.ToDictionary(i => i.Name, sample);
        foreach (ModelPort port in session.Inputs.Concat(session.Outputs))
        {
            Value value = Typed.Graph.Find(port.Name)!;
            (value.Type, value.Shape) = (port.Type, port.Shape);
        }

        Sample = inputs;
        Ranges = inputs.Concat(session.Outputs.Zip(session.Run(inputs), (o, t) => KeyValuePair.Create(o.Name, t)))
            .Where(v => v.Value.Type == ElementType.Float32)
            .ToDictionary(v => v.Key, v => Range(v.Value.Span<float>().ToArray()));
    }

    /// <summary>The model with what the session says of its values.</summary>
    public OnnxModel Typed { get; }

    /// <summary>The batch.</summary>
    public IReadOnlyDictionary<string, Tensor> Sample { get; }

    /// <summary>Least and greatest number of each float32 value.</summary>
    public IReadOnlyDictionary<string, (double Min, double Max)> Ranges { get; }

    private static (double Min, double Max) Range(float[] values) => (values.Min(), values.Max());
}
