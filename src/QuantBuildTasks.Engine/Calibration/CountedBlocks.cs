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

    /// <summary>Counts a part of a batch's numbers.</summary>
    /// <param name="histogram">Takes them.</param>
    /// <param name="values">The numbers, all finite.</param>
    /// <param name="range">The least and the greatest of them.</param>
    /// <param name="batches">How many batches there are; <see cref="int.MaxValue"/>: only the range is wanted.</param>
    /// <param name="batch">Any number that differs from batch to batch.</param>
    public static void Add(Histogram histogram, ReadOnlySpan<float> values, (float Min, float Max) range, int batches, int batch)
    {
        int distance = batches == int.MaxValue ? int.MaxValue / Block : Distance(values.Length, batches);
        int start = distance > LargestDistance ? 0 : batch % distance * Block;
        _ = histogram.TryInclude([range.Min, range.Max]);
        for (ReadOnlySpan<float> rest = values[Math.Min(start, values.Length)..]; rest.Length > 0; rest = rest[Math.Min(rest.Length, distance * Block)..])
        {
            _ = histogram.TryAdd(rest[..Math.Min(rest.Length, Block)]);
        }
    }

    private static int Distance(int length, int batches) => batches < LeastBatches ? 1 : Math.Min(LargestDistance, (length / Enough) | 1);
}
