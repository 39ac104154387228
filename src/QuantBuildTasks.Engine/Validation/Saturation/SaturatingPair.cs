namespace QuantBuildTasks.Engine.Validation.Saturation;

/// <summary>Two neighbouring weights whose products with the largest activations do not fit into int16 together.</summary>
/// <param name="Node">The node that multiplies with them, by its display name.</param>
/// <param name="Output">Output channel or column.</param>
/// <param name="Index">Place of the first of the two in the order of the sum.</param>
/// <param name="First">The first integer.</param>
/// <param name="Second">The second integer; 0 behind the last one of an odd count.</param>
internal readonly record struct SaturatingPair(string Node, int Output, int Index, int First, int Second);
