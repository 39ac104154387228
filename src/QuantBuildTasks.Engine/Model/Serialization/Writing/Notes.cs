using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>
/// What exporters write into a file for people: documentation of nodes, tensors, graphs and functions (PyTorch puts stack traces with the paths of the
/// training machine there) and their metadata. The metadata of the model itself is for programs, and stays. How to train goes too: it speaks of weights
/// that an artifact holds in another form.
/// </summary>
internal static class Notes
{
    public static void RemoveFrom(ModelProto model)
    {
        model.TrainingInfo.Clear();
        RemoveFrom(model.Graph);
        foreach (FunctionProto function in model.Functions)
        {
            function.ClearDocString();
            function.MetadataProps.Clear();
            RemoveFrom(function.ValueInfo);
            RemoveFrom(function.Node);
            RemoveFrom(function.AttributeProto);
        }
    }

    private static void RemoveFrom(GraphProto graph)
    {
        graph.ClearDocString();
        graph.MetadataProps.Clear();
        foreach (TensorProto tensor in graph.Initializer)
        {
            RemoveFrom(tensor);
        }

        RemoveFrom(graph.Input.Concat(graph.Output).Concat(graph.ValueInfo));
        RemoveFrom(graph.Node);
    }

    private static void RemoveFrom(IEnumerable<ValueInfoProto> values)
    {
        foreach (ValueInfoProto value in values)
        {
            value.ClearDocString();
            value.MetadataProps.Clear();
        }
    }

    private static void RemoveFrom(IEnumerable<NodeProto> nodes)
    {
        foreach (NodeProto node in nodes)
        {
            node.ClearDocString();
            node.MetadataProps.Clear();
            RemoveFrom(node.Attribute);
        }
    }

    private static void RemoveFrom(IEnumerable<AttributeProto> attributes)
    {
        foreach (AttributeProto attribute in attributes)
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

    private static void RemoveFrom(TensorProto tensor)
    {
        tensor.ClearDocString();
        tensor.MetadataProps.Clear();
    }
}
