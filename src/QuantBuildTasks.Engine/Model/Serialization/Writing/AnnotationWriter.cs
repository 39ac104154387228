using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>Moves quantization annotations from a graph's values to its message.</summary>
internal static class AnnotationWriter
{
    /// <summary>Writes those of the graph's values behind those that the message has; what names a value that is gone is left out.</summary>
    public static void Write(Graph graph, GraphProto proto)
    {
        TensorAnnotation[] unmatched = [.. proto.QuantizationAnnotation.Where(a => graph.Find(a.TensorName) is not null)];
        proto.QuantizationAnnotation.Clear();
        proto.QuantizationAnnotation.AddRange(unmatched);
        proto.QuantizationAnnotation.AddRange(graph.Values.Where(v => v.Annotation is not null).Select(v => Write(v, v.Annotation!)));
    }

    private static TensorAnnotation Write(Value value, QuantizationAnnotation annotation)
    {
        TensorAnnotation proto = (annotation.Residue as TensorAnnotation)?.Clone() ?? new TensorAnnotation();
        StringStringEntryProto[] before = [.. proto.QuantParameterTensorNames];
        proto.TensorName = value.Name;
        proto.QuantParameterTensorNames.Clear();
        foreach ((int index, (string key, Value parameter)) in annotation.Parameters.Index())
        {
            if (parameter.Graph.Find(parameter.Name) == parameter)
            {
                StringStringEntryProto entry = before.ElementAtOrDefault(index) ?? new StringStringEntryProto();
                (entry.Key, entry.Value) = (key, parameter.Name);
                proto.QuantParameterTensorNames.Add(entry);
            }
        }

        return proto;
    }
}
