using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>Finds the elements of tensors whose messages name a file instead of holding them.</summary>
internal interface ITensorFiles
{
    /// <summary>The elements of a tensor.</summary>
    /// <param name="tensor">Its message, which names the file.</param>
    /// <param name="expected">Bytes that its type and sizes need.</param>
    /// <exception cref="ExternalDataException">They cannot be read.</exception>
    ReadOnlyMemory<byte> Read(TensorProto tensor, long expected);
}
