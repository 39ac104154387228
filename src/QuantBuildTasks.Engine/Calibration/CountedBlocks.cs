namespace QuantBuildTasks.Engine.Calibration;

/// <summary>
/// Which numbers of a large tensor a histogram counts: one block in three, five or seven, and the block that comes first moves from sample to sample. All others only stretch its range, so that the
/// least and greatest number are exact. Odd distances meet rows and channels of any power of two alike.
/// </summary>
internal static class CountedBlocks
{
    private const int Block = 1024;

    /// <summary>A batch's numbers of a tensor that are counted at least, where it has so many.</summary>
    private const int Enough = 1 << 17;

    private const int LargestDistance = 7;

    /// <summary>With fewer batches some blocks would never have their turn.</summary>
    private const int LeastBatches = 2 * LargestDistance;

    /// <summary>Counts a part of a batch's numbers; false where one is NaN or infinite.</summary>
    /// <param name="histogram">Takes them.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="batches">How many batches there are; <see cref="int.MaxValue"/>: only the range is wanted.</param>
    /// <param name="batch">Any number that differs from batch to batch.</param>
    public static bool TryAdd(Histogram histogram, ReadOnlySpan<float> values, int batches, int batch)
    {
        int distance = batches == int.MaxValue ? int.MaxValue / Block : Distance(values.Length, batches);
        int start = distance > LargestDistance ? 0 : batch % distance * Block;
        bool isFinite = histogram.TryInclude(values[..start]);
        for (ReadOnlySpan<float> rest = values[start..]; rest.Length > 0 && isFinite; rest = rest[Math.Min(rest.Length, distance * Block)..])
        {
            int counted = Math.Min(rest.Length, Block);
            isFinite = histogram.TryAdd(rest[..counted]) && histogram.TryInclude(rest[counted..Math.Min(rest.Length, distance * Block)]);
        }

        return isFinite;
    }

    private static int Distance(int length, int batches) => batches < LeastBatches ? 1 : Math.Min(LargestDistance, (length / Enough) | 1);
}
