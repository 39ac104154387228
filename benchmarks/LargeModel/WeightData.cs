using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;

namespace QuantBuildTasks.LargeModel;

/// <summary>A file of weights that are the same on every run, written piece by piece.</summary>
internal sealed class WeightData(string path)
{
    private const int Piece = 1 << 18;
    private const int Alignment = 64 << 10;

    private readonly List<(Value Value, long Offset, long[] Dims)> _parts = [];
    private ulong _state = 0x9E3779B97F4A7C15;
    private long _end;

    /// <summary>Adds a weight: uniform numbers around 0, so wide that a product with a vector of as many numbers as it has rows keeps its size.</summary>
    public Value Add(Graph graph, string name, int fanIn, params long[] dims)
    {
        Value value = graph.AddValue(name, ElementType.Float32, Shape.Of(dims));
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1);
        long offset = (_end + Alignment - 1) / Alignment * Alignment;
        stream.Position = offset;
        float width = MathF.Sqrt(3f / fanIn);
        float[] numbers = new float[Piece];
        for (long left = dims.Aggregate(1L, (a, b) => a * b); left > 0; left -= Piece)
        {
            Span<float> piece = numbers.AsSpan(0, (int)Math.Min(left, Piece));
            foreach (ref float number in piece)
            {
                number = Next() * width;
            }

            stream.Write(MemoryMarshal.AsBytes(piece));
        }

        _end = stream.Position;
        _parts.Add((value, offset, dims));
        return value;
    }

    /// <summary>Gives every value its part of the file, mapped.</summary>
    public void Fill(WeightFiles weights)
    {
        MappedFile file = weights.Open(path);
        foreach ((Value value, long offset, long[] dims) in _parts)
        {
            int bytes = checked((int)(dims.Aggregate(1L, (a, b) => a * b) * sizeof(float)));
            value.Graph.SetInitializer(value, Tensor.FromBytes(ElementType.Float32, dims, file.Slice(offset, bytes)));
        }
    }

    /// <summary>A number in −1…1: Marsaglia's xorshift, 64 bits.</summary>
    private float Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(_state >> 32) * (1f / 2147483648f);
    }
}
