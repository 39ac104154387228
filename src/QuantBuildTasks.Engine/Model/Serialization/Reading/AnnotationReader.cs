using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Moves quantization annotations from a graph's message to its values. One that names what the graph does not have stays in the message.</summary>
internal static class AnnotationReader
{
    /// <summary>Takes the annotations of the graph's values out of the message.</summary>
    public static void Read(GraphProto proto, Graph graph)
    {
        TensorAnnotation[] all = [.. proto.QuantizationAnnotation];
        proto.QuantizationAnnotation.Clear();
        foreach (TensorAnnotation annotation in all)
        {
            KeyValuePair<string, Value?>[] parameters = [.. annotation.QuantParameterTensorNames.Select(e => KeyValuePair.Create(e.Key, graph.Find(e.Value)))];
            if (graph.Find(annotation.TensorName) is { Annotation: null } value && value.Graph == graph && Array.TrueForAll(parameters, p => p.Value is not null))
            {
                value.Annotation = new QuantizationAnnotation([.. parameters.Select(p => KeyValuePair.Create(p.Key, p.Value!))]) { Residue = annotation };
            }
            else
            {
                proto.QuantizationAnnotation.Add(annotation);
            }
        }
    }
}
