using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>Turns <see cref="SparseTensor"/> back into <see cref="SparseTensorProto"/>.</summary>
internal static class SparseTensorWriter
{
    /// <param name="tensor">What to write.</param>
    /// <param name="name">The name of an initializer, which stands with its values; null for an attribute's, which keep the name that they had.</param>
    public static SparseTensorProto Write(SparseTensor tensor, string? name)
    {
        SparseTensorProto proto = (tensor.Residue as SparseTensorProto)?.Clone() ?? new SparseTensorProto();
        proto.Values = GraphWriter.WriteTensor(tensor.Values, name);
        proto.Indices = tensor.Indices is null ? null : GraphWriter.WriteTensor(tensor.Indices, null);
        proto.Dims.AddRange(tensor.Dims);
        return proto;
    }
}
