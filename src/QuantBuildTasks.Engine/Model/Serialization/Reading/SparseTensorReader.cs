using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="SparseTensorProto"/> into <see cref="SparseTensor"/>.</summary>
internal static class SparseTensorReader
{
    /// <exception cref="FormatException">The sizes and the data of a part do not fit, or a size is negative.</exception>
    public static SparseTensor Read(SparseTensorProto proto, ITensorFiles? files)
    {
        string name = proto.Values?.Name ?? "";
        long[] dims = [.. proto.Dims];
        if (Array.Exists(dims, d => d < 0))
        {
            throw new FormatException($"sparse tensor '{name}' has a negative size: [{string.Join(", ", dims)}].");
        }

        Tensor values = TensorReader.Read(proto.Values ?? throw new FormatException("a sparse tensor has no values."), files);
        Tensor? indices = proto.Indices is null ? null : TensorReader.Read(proto.Indices, files);
        proto.Values = null;
        proto.Indices = null;
        proto.Dims.Clear();
        return new SparseTensor(values, indices, dims) { Residue = proto };
    }
}
