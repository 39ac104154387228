namespace QuantBuildTasks.Engine.Model;

/// <summary>What a value can be (ONNX IR specification, "Types"): a dense tensor, or one of the kinds that few operators take.</summary>
internal abstract record OnnxType;

/// <summary>A dense tensor.</summary>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">Its sizes; null where not even the rank is known.</param>
internal sealed record TensorType(ElementType Element, Shape? Shape) : OnnxType;

/// <summary>A tensor of which only the elements that differ from zero are stored.</summary>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">The sizes of the dense tensor that it stands for.</param>
internal sealed record SparseTensorType(ElementType Element, Shape? Shape) : OnnxType;

/// <summary>A list of any length.</summary>
/// <param name="Element">What each entry is; null where the file does not say.</param>
internal sealed record SequenceType(OnnxType? Element) : OnnxType;

/// <summary>A value that may be absent.</summary>
/// <param name="Element">What it is when it is there; null where the file does not say.</param>
internal sealed record OptionalType(OnnxType? Element) : OnnxType;

/// <summary>A dictionary.</summary>
/// <param name="Key">An integer type or <see cref="ElementType.String"/>.</param>
/// <param name="Value">What each entry is; null where the file does not say.</param>
internal sealed record MapType(ElementType Key, OnnxType? Value) : OnnxType;

/// <summary>A type that only the operators of one domain know.</summary>
/// <param name="Domain">Whose type it is; empty for the model's own.</param>
/// <param name="Name">Its name; may be empty.</param>
internal sealed record OpaqueType(string Domain, string Name) : OnnxType;
