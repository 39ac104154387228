namespace QuantBuildTasks.Engine.Calibration.Histograms;

/// <summary>
/// Which numbers of a tensor a histogram counts: all, or where there are more than tell anything new, one block in three, five … fifteen, and the block that comes first moves from batch to batch.
/// All others only stretch its range, so that the least and greatest number are exact. Odd distances meet rows and channels of any power of two alike.
/// </summary>
internal static class CountedBlocks
{
    private const int Block = 1024;

    /// <summary>Numbers of a tensor that are counted at least over all batches, where it has so many: 84 of them lie outside the widest percentile that is proposed.</summary>
    private const long Enough = 1 << 23;

    private const int LargestDistance = 15;

    /// <summary>Counts a part of a batch's numbers.</summary>
    /// <param name="histogram">Takes them.</param>
    /// <param name="values">The numbers, all finite.</param>
    /// <param name="range">The least and the greatest of them.</param>
    /// <param name="batches">How many batches there are; <see cref="int.MaxValue"/>: only the range is wanted.</param>
    /// <param name="batch">Any number that differs from batch to batch.</param>
    public static void Add(Histogram histogram, ReadOnlySpan<float> values, (float Min, float Max) range, int batches, int batch)
    {
        if (batches == int.MaxValue)
        {
            _ = histogram.TryAdd([range.Min, range.Max]);
            return;
        }

        int distance = Distance(values.Length, batches);
        _ = histogram.TryInclude([range.Min, range.Max]);
        for (ReadOnlySpan<float> rest = values[Math.Min(batch % distance * Block, values.Length)..]; rest.Length > 0; rest = rest[Math.Min(rest.Length, distance * Block)..])
        {
            _ = histogram.TryAdd(rest[..Math.Min(rest.Length, Block)]);
        }
    }

    /// <summary>With fewer than two batches for each turn some blocks would hardly have theirs.</summary>
    private static int Distance(int length, int batches) =>
        (int)Math.Min(Math.Min(LargestDistance, (length * (long)batches / Enough) | 1), Math.Max(1, ((batches / 2) - 1) | 1));
}
