using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>A model whose inner tensors can be seen: they are graph outputs beside those that it had.</summary>
/// <param name="File">The ONNX file.</param>
/// <param name="Names">Of all outputs, in order: those of the model first.</param>
internal sealed record ExposedModel(StoredModel File, IReadOnlyList<string> Names)
{
    /// <summary>Exposes values of the main graph that nodes compute; names of anything else (inputs, constants, unknown) are passed over.</summary>
    /// <param name="file">The ONNX file; it is not changed.</param>
    /// <param name="tensors">Names of values; one that is an output already stays where it is.</param>
    public static ExposedModel From(StoredModel file, IEnumerable<string> tensors)
    {
        OnnxModel model = ModelReader.Read(file);
        foreach (string name in tensors)
        {
            if (model.Graph.Find(name) is { Producer: not null, IsGraphOutput: false } value)
            {
                model.Graph.AddOutput(value);
            }
        }

        return new ExposedModel(ModelWriter.Store(model), [.. model.Graph.Outputs.Select(o => o.Name)]);
    }
}
