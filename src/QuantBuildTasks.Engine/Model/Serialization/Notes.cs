using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>
/// What exporters write into a file for people: documentation of nodes, tensors and graphs (PyTorch puts stack traces with the paths of the training machine
/// there) and their metadata. The metadata of the model itself is for programs, and stays.
/// </summary>
internal static class Notes
{
    /// <summary>Takes them out of the graph and all graphs below it.</summary>
    public static void RemoveFrom(GraphProto graph)
    {
        graph.ClearDocString();
        graph.MetadataProps.Clear();
        foreach (TensorProto tensor in graph.Initializer)
        {
            RemoveFrom(tensor);
        }

        foreach (ValueInfoProto value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            value.ClearDocString();
            value.MetadataProps.Clear();
        }

        foreach (NodeProto node in graph.Node)
        {
            node.ClearDocString();
            node.MetadataProps.Clear();
            foreach (AttributeProto attribute in node.Attribute)
            {
                attribute.ClearDocString();
                IEnumerable<TensorProto> tensors = attribute.T is null ? attribute.Tensors : attribute.Tensors.Prepend(attribute.T);
                foreach (TensorProto tensor in tensors)
                {
                    RemoveFrom(tensor);
                }

                IEnumerable<GraphProto> graphs = attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G);
                foreach (GraphProto inner in graphs)
                {
                    RemoveFrom(inner);
                }
            }
        }
    }

    private static void RemoveFrom(TensorProto tensor)
    {
        tensor.ClearDocString();
        tensor.MetadataProps.Clear();
    }
}
