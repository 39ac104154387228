using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Moves quantization annotations between a graph's message and its values. One that names what the graph does not have stays in the message.</summary>
internal static class Annotations
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
