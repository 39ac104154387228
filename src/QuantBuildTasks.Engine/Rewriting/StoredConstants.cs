using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>Scales and zero points as initializers, each number stored once. Names are short: they are repeated at every use.</summary>
internal sealed class StoredConstants(Graph graph)
{
    private readonly Dictionary<string, Value> _known = new(StringComparer.Ordinal);

    public Value Scale(float scale) => Get(Tensor.Scalar(scale), "s");

    public Value Scales(IReadOnlyList<float> scales) => Get(Tensor.Vector([.. scales]), "s");

    public Value ZeroPoint(int zeroPoint, ElementType type) =>
        Get(Tensor.FromBytes(type, [], new[] { unchecked((byte)zeroPoint) }), "z");

    /// <summary>The same zero point for each channel.</summary>
    public Value ZeroPoints(int zeroPoint, int channels, ElementType type)
    {
        var bytes = new byte[channels];
        Array.Fill(bytes, unchecked((byte)zeroPoint));
        return Get(Tensor.FromBytes(type, [channels], bytes), "z");
    }

    private Value Get(Tensor tensor, string prefix)
    {
        string key = $"{tensor}{Convert.ToHexString(tensor.Bytes.Span)}";
        if (!_known.TryGetValue(key, out Value? value))
        {
            value = graph.AddInitializer($"{prefix}{_known.Count}", tensor);
            _known.Add(key, value);
        }

        return value;
    }
}
