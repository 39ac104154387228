using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>
/// Which samples are tried, and in what order: first those of which float32 is least sure, because a small error flips them, then others at
/// random, which speak for all the rest.
/// </summary>
/// <param name="Places">Places in the data, each once.</param>
/// <param name="LeastSure">How many of them, at the front, are the least sure ones.</param>
internal sealed record SampleOrder(IReadOnlyList<int> Places, int LeastSure)
{
    /// <summary>One in so many of the budget is a least sure sample. They flip first; the random ones decide how exact the estimate for all is.</summary>
    private const int LeastSureShare = 4;

    private const ulong Seed = 0x454D_554C_4154_4544;

    /// <param name="count">Samples in the data; a multiple of <paramref name="batch"/>.</param>
    /// <param name="margins">How sure float32 is of each sample, or null: all samples are random.</param>
    /// <param name="budget">At most so many samples; at least one batch.</param>
    /// <param name="batch">The model's fixed batch size, or 1.</param>
    public static SampleOrder Of(int count, IReadOnlyList<double>? margins, int budget, int batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        if (margins is not null && margins.Count != count)
        {
            throw new ArgumentException($"{margins.Count} margins for {count} samples.", nameof(margins));
        }

        int total = Math.Min(count, Math.Max(batch, budget - (budget % batch)));
        int leastSure = margins is null ? 0 : total / LeastSureShare;
        int[] front = margins is null ? [] : [.. Enumerable.Range(0, count).OrderBy(p => margins[p]).ThenBy(p => p).Take(leastSure)];
        var taken = new HashSet<int>(front);
        int[] others = [.. Enumerable.Range(0, count).Where(p => !taken.Contains(p))];
        var random = new SplitMix64(Seed);
        for (int i = 0; i < total - leastSure; i++)
        {
            // Fisher and Yates: place i gets one of those not drawn yet.
            int drawn = i + random.Next(others.Length - i);
            (others[i], others[drawn]) = (others[drawn], others[i]);
        }

        return new SampleOrder([.. front, .. others[..(total - leastSure)]], leastSure);
    }
}
