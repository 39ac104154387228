using QuantBuildTasks.Engine.Calibration;

namespace QuantBuildTasks.Engine.Tests.Calibration;

public sealed class CountedBlocksTests
{
    /// <summary>Numbers 0, 1, 2 … of 8 × 2¹⁷: seven times as many as must be counted.</summary>
    private static readonly float[] Large = [.. Enumerable.Range(0, 1 << 20).Select(i => (float)i)];

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData((1 << 18) - 1)]
    public void All_numbers_of_small_tensors_are_counted(int length) => Assert.Equal(length, Count(Large[..length], batches: 100, batch: 3).Count);

    [Fact]
    public void Of_large_tensors_one_block_in_seven_is_counted_and_the_range_is_exact()
    {
        for (int batch = 0; batch < 7; batch++)
        {
            Histogram histogram = Count(Large, batches: 100, batch);

            Assert.InRange(histogram.Count, ((1 << 20) / 7) - 1024, ((1 << 20) / 7) + 1024);
            Assert.Equal((0f, (1 << 20) - 1f), (histogram.Min, histogram.Max));
        }
    }

    [Fact]
    public void Every_block_has_its_turn_in_seven_batches()
    {
        var all = new Histogram();
        for (int batch = 0; batch < 7; batch++)
        {
            all.Merge(Count(Large, batches: 100, batch));
        }

        var expected = new Histogram();
        Assert.True(expected.TryAdd(Large));
        Assert.Equal(expected.Counts.ToArray(), all.Counts.ToArray());
    }

    [Fact]
    public void Where_there_are_few_batches_all_is_counted() => Assert.Equal(1 << 20, Count(Large, batches: 13, batch: 2).Count);

    [Fact]
    public void Where_only_the_range_is_wanted_it_is_exact()
    {
        Histogram histogram = Count([.. Large[..5000].Reverse()], int.MaxValue, batch: 2);

        Assert.Equal((0f, 4999f), (histogram.Min, histogram.Max));
        Assert.InRange(histogram.Count, 1, 1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    [InlineData((1 << 20) - 1)]
    public void A_number_that_is_not_finite_is_seen_wherever_it_is(int place)
    {
        float[] values = [.. Large];
        values[place] = float.NaN;

        Assert.All([0, 1, 6], batch => Assert.False(new TensorWatch(false).TryAdd(values, 100, batch, out _, out _)));
        Assert.False(new TensorWatch(false).TryAdd(values, int.MaxValue, 0, out _, out _));
    }

    private static Histogram Count(float[] values, int batches, int batch)
    {
        var histogram = new Histogram();
        CountedBlocks.Add(histogram, values, (values.Min(), values.Max()), batches, batch);
        return histogram;
    }
}
