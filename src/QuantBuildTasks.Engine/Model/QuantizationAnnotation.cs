namespace QuantBuildTasks.Engine.Model;

/// <summary>What a file notes of how a tensor may be quantized (ONNX IR specification, TensorAnnotation). Nothing computes with it.</summary>
/// <param name="Parameters">Keys such as <c>SCALE_TENSOR</c> and <c>ZERO_POINT_TENSOR</c>, with the values that hold these numbers.</param>
internal sealed record QuantizationAnnotation(IReadOnlyList<KeyValuePair<string, Value>> Parameters)
{
    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; init; }
}
