using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// A weight that is stored as int8 and computed with as float32, q·s with one scale for each group of neighbouring weights; or a bias, or a weight for which 8 bits are too few, that is
/// stored as float16. The stored form is a few operators on constants, which whoever opens the model folds into plain float numbers.
/// </summary>
internal sealed record StoredFormat
{
    /// <summary>Which graph holds it: its place in <see cref="Graph.SelfAndSubgraphs"/>; 0 is the main graph.</summary>
    public required int Scope { get; init; }

    /// <summary>Its name there.</summary>
    public required string Value { get; init; }

    /// <summary>int8; float16, without scales, for biases and weights that need more than 8 bits.</summary>
    public required ElementType Type { get; init; }

    /// <summary>Whether its readers add it as a bias.</summary>
    public bool IsBias { get; init; }

    /// <summary>Along which axes scales differ.</summary>
    public GroupAxes Groups { get; init; } = new(0, -1);

    /// <summary>One for each group, in C order.</summary>
    public IReadOnlyList<float> Scales { get; init; } = [];

    /// <summary>float32, or float16 where it holds every scale exactly.</summary>
    public ElementType ScaleType { get; init; } = ElementType.Float32;

    /// <summary>How much a shift of the layer's output counts in rounding: ρ of <see cref="GroupRounding"/>.</summary>
    public double Shift { get; init; }

    /// <summary>How many numbers it holds.</summary>
    public required long Elements { get; init; }

    /// <summary>The float32 and float16 nodes that compute with it, by <see cref="Node.DisplayName"/>.</summary>
    public required IReadOnlyList<string> Readers { get; init; }

    /// <summary>What a session makes of it: float32, or float16 where float16 nodes alone read it.</summary>
    public ElementType Computed { get; init; } = ElementType.Float32;

    /// <summary>What it takes in a file, names and operators apart.</summary>
    public long Bytes => Type.ByteCount(Elements) + ScaleType.ByteCount(Scales.Count);

    /// <summary>By how much it grows when a session opens the model, and holds it unfolded.</summary>
    public long Growth => Computed.ByteCount(Elements) - Bytes;

    /// <summary>By how much the file grows when the weight is stored as float16 instead.</summary>
    public long FineGrowth => ElementType.Float16.ByteCount(Elements) - Bytes;
}

/// <summary>The axes <paramref name="First"/>…<paramref name="Last"/>, both included, along which scales differ: 0…0 for the outputs of a convolution, 0…1 for the gates of an LSTM, 0…−1 for one scale in all.</summary>
internal readonly record struct GroupAxes(int First, int Last)
{
    /// <summary>A tensor as [outer, groups, inner].</summary>
    public (int Outer, int Count, int Inner) Split(IReadOnlyList<long> dims) =>
        (Product(dims.Take(First)), Product(dims.Skip(First).Take(Last - First + 1)), Product(dims.Skip(Last + 1)));

    /// <summary>
    /// The numbers of each group, one group after another in the same few arrays: weights can be larger than what fits into memory twice. Groups that lie side
    /// by side in the weight are gathered together, so that each line of memory is read once.
    /// </summary>
    /// <returns>Group and numbers, which the next step overwrites.</returns>
    public IEnumerable<(int Group, float[] Numbers)> Each(Tensor weight)
    {
        const int Together = 16;
        (int outer, int count, int inner) = Split(weight.Dims);
        float[][] block = [.. Enumerable.Range(0, Math.Min(Together, count)).Select(_ => new float[outer * inner])];
        for (int first = 0; first < count; first += Together)
        {
            int several = Math.Min(Together, count - first);
            Gather(weight.Span<float>(), (outer, count, inner), first, block.AsSpan(0, several));
            for (int g = 0; g < several; g++)
            {
                yield return (first + g, block[g]);
            }
        }
    }

    private static void Gather(ReadOnlySpan<float> values, (int Outer, int Count, int Inner) layout, int first, ReadOnlySpan<float[]> groups)
    {
        for (int o = 0; o < layout.Outer; o++)
        {
            for (int g = 0; g < groups.Length; g++)
            {
                values.Slice(((o * layout.Count) + first + g) * layout.Inner, layout.Inner).CopyTo(groups[g].AsSpan(o * layout.Inner));
            }
        }
    }

    /// <summary>Sizes of the scales, which spread over the weight: 1 on the other axes.</summary>
    public long[] ScaleDims(IReadOnlyList<long> dims)
    {
        (int first, int last) = (First, Last);
        return [.. dims.Select((d, axis) => axis >= first && axis <= last ? d : 1)];
    }

    private static int Product(IEnumerable<long> dims) => (int)dims.Aggregate(1L, (a, b) => checked(a * b));
}
