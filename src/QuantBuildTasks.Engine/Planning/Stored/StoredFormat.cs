namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// A weight that is stored as int8 and computed with as float32: q·s, with one scale for each group of neighbouring weights. The stored form is a few
/// operators on constants, which whoever opens the model folds into a plain float weight.
/// </summary>
/// <param name="Scope">Which graph holds it: its place in <see cref="Model.Graph.SelfAndSubgraphs"/>; 0 is the main graph.</param>
/// <param name="Value">Its name there.</param>
/// <param name="Groups">Along which axes scales differ.</param>
/// <param name="Scales">One for each group, in C order.</param>
internal sealed record StoredFormat(int Scope, string Value, GroupAxes Groups, IReadOnlyList<float> Scales);

/// <summary>The axes <paramref name="First"/>…<paramref name="Last"/>, both included, along which scales differ: 0…0 for the outputs of a convolution, 0…1 for the gates of an LSTM, 0…−1 for one scale in all.</summary>
internal readonly record struct GroupAxes(int First, int Last)
{
    /// <summary>A tensor as [outer, groups, inner].</summary>
    public (int Outer, int Count, int Inner) Split(IReadOnlyList<long> dims) =>
        (Product(dims.Take(First)), Product(dims.Skip(First).Take(Last - First + 1)), Product(dims.Skip(Last + 1)));

    /// <summary>Sizes of the scales, which spread over the weight: 1 on the other axes.</summary>
    public long[] ScaleDims(IReadOnlyList<long> dims)
    {
        (int first, int last) = (First, Last);
        return [.. dims.Select((d, axis) => axis >= first && axis <= last ? d : 1)];
    }

    private static int Product(IEnumerable<long> dims) => (int)dims.Aggregate(1L, (a, b) => checked(a * b));
}
