namespace QuantBuildTasks.Engine.Model;

/// <summary>A tensor that is stored as the elements that differ from zero (ONNX IR specification, SparseTensorProto).</summary>
/// <param name="Values">The stored elements, a vector of n.</param>
/// <param name="Indices">
/// int64: where they stand, ascending; [n] in the dense tensor laid out in C order, or [n, rank] one index for each dimension. Null where the
/// file has none.
/// </param>
/// <param name="Dims">Sizes of the dense tensor, outermost first.</param>
internal sealed record SparseTensor(Tensor Values, Tensor? Indices, IReadOnlyList<long> Dims)
{
    public ElementType Type => Values.Type;

    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; init; }
}
