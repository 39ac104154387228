using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Equivalence;

/// <summary>
/// Inputs to compare two models on. The same model and sample give the same numbers: they come from a generator with a fixed seed.
/// </summary>
internal static class SampleInputs
{
    /// <summary>Sizes to try for what is symbolic: the batch (axis 0), and everything else. A model may fix some of them without saying so.</summary>
    private static readonly (long Batch, long Other)[] SymbolicSizes = [(2, 8), (1, 8), (1, 64), (1, 1)];

    /// <summary>Sets of inputs, of which those that the model runs on can be used: the given sample first, then random numbers in the same ranges.</summary>
    public static IEnumerable<IReadOnlyList<IReadOnlyDictionary<string, Tensor>>> Candidates(Graph graph, IReadOnlyDictionary<string, Tensor>? sample)
    {
        Value[] inputs = [.. graph.Inputs.Where(i => !i.IsStored)];
        if (sample is not null)
        {
            // Data sets carry labels too.
            Dictionary<string, Tensor> own = sample.Where(s => graph.Inputs.Any(i => i.Name == s.Key)).ToDictionary();
            yield return [own, Like(own)];
            yield break;
        }

        if (Array.Exists(inputs, i => i.Shape is null || i.Type is ElementType.Undefined or ElementType.String))
        {
            yield break;
        }

        bool isSymbolic = Array.Exists(inputs, i => !i.Shape!.IsStatic);
        foreach ((long batch, long other) in isSymbolic ? SymbolicSizes : [default])
        {
            yield return [Generate(inputs, batch, other, seed: 1), Generate(inputs, batch, other, seed: 2)];
        }
    }

    private static Dictionary<string, Tensor> Generate(Value[] inputs, long batch, long other, int seed)
    {
        var random = new Random(seed);
        var sizes = new Dictionary<string, long>();
        var tensors = new Dictionary<string, Tensor>();
        foreach (Value input in inputs)
        {
            long[] dims = [.. input.Shape!.Select((d, axis) => d.Value ?? SizeOf(d.Symbol, axis))];
            tensors.Add(input.Name, Fill(input.Type, dims, random));
        }

        return tensors;

        // A symbol has one size wherever it stands.
        long SizeOf(string? symbol, int axis)
        {
            long size = axis == 0 ? batch : other;
            return symbol is null || sizes.TryAdd(symbol, size) ? size : sizes[symbol];
        }
    }

    /// <summary>Floats in −1…1, integers 0 and 1: small enough for an index or a mask.</summary>
    private static Tensor Fill(ElementType type, long[] dims, Random random)
    {
        long count = dims.Aggregate(1L, (a, d) => checked(a * d));
        switch (type)
        {
            case ElementType.Float32:
                return Tensor.Of(Numbers(count, () => (random.NextSingle() * 2) - 1), dims);
            case ElementType.Float64:
                return Tensor.Of(Numbers(count, () => (random.NextDouble() * 2) - 1), dims);
            case ElementType.Float16:
                return Tensor.Of(Numbers(count, () => (Half)((random.NextSingle() * 2) - 1)), dims);
            default:
                var bytes = new byte[type.ByteCount(count)];
                int width = Math.Max(1, type.BitWidth() / 8);
                for (int i = 0; i < bytes.Length; i += width)
                {
                    // Little-endian: the first byte counts ones. Bytes are pictures more often than indices.
                    bytes[i] = type == ElementType.UInt8 ? (byte)random.Next(256) : (byte)random.Next(2);
                }

                return Tensor.FromBytes(type, dims, bytes);
        }
    }

    /// <summary>The sample with its float32 tensors drawn anew, evenly over the range that they have.</summary>
    private static Dictionary<string, Tensor> Like(Dictionary<string, Tensor> sample)
    {
        var random = new Random(1);
        return sample.OrderBy(s => s.Key, StringComparer.Ordinal).ToDictionary(s => s.Key, s => s.Value is { Type: ElementType.Float32, Length: > 0 } t ? Redraw(t) : s.Value);

        Tensor Redraw(Tensor tensor)
        {
            float[] values = tensor.Span<float>().ToArray();
            (float low, float high) = (values.Min(), values.Max());
            return Tensor.Of(Numbers(values.Length, () => low + (random.NextSingle() * (high - low))), [.. tensor.Dims]);
        }
    }

    private static T[] Numbers<T>(long count, Func<T> next)
    {
        var values = new T[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = next();
        }

        return values;
    }
}
