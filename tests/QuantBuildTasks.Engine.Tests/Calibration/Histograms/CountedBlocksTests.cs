using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Tests.Calibration.Histograms;

public sealed class CountedBlocksTests
{
    /// <summary>So many batches of <see cref="Large"/> that one number in fifteen and more are enough.</summary>
    private const int Many = 200;

    /// <summary>Numbers 0, 1, 2 … up to 2²⁰.</summary>
    private static readonly float[] Large = [.. Enumerable.Range(0, 1 << 20).Select(i => (float)i)];

    [Theory]
    [InlineData(1, 200)]
    [InlineData(1024, 200)]
    [InlineData((1 << 20) - 1, 16)]
    [InlineData(1 << 13, 1024)]
    public void All_are_counted_where_all_batches_together_have_few(int length, int batches) => Assert.Equal(length, Count(Large[..length], batches, batch: 3).Count);

    [Theory]
    [InlineData(1 << 14, 4096, 9)]
    [InlineData(1 << 17, 192, 3)]
    public void The_more_numbers_all_batches_have_the_fewer_of_each_are_counted(int length, int batches, int distance) =>
        Assert.InRange(Count(Large[..length], batches, batch: 3).Count, (length / distance) - 1024, (length / distance) + 1024);

    [Fact]
    public void Of_large_tensors_one_block_in_fifteen_is_counted_and_the_range_is_exact()
    {
        for (int batch = 0; batch < 15; batch++)
        {
            Histogram histogram = Count(Large, Many, batch);

            Assert.InRange(histogram.Count, ((1 << 20) / 15) - 1024, ((1 << 20) / 15) + 1024);
            Assert.Equal((0f, (1 << 20) - 1f), (histogram.Min, histogram.Max));
        }
    }

    [Fact]
    public void Every_block_has_its_turn_in_fifteen_batches()
    {
        var all = new Histogram();
        for (int batch = 0; batch < 15; batch++)
        {
            all.Merge(Count(Large, Many, batch));
        }

        var expected = new Histogram();
        Assert.True(expected.TryAdd(Large));
        Assert.Equal(expected.Counts.ToArray(), all.Counts.ToArray());
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 3)]
    [InlineData(9, 3)]
    [InlineData(10, 5)]
    public void Each_block_has_two_turns_also_where_there_are_few_batches(int batches, int distance)
    {
        var values = new float[1 << 23];

        Assert.InRange(Count(values, batches, batch: 2).Count, (values.Length / distance) - 1024, (values.Length / distance) + 1024);
    }

    [Fact]
    public void Where_only_the_range_is_wanted_it_is_exact()
    {
        Histogram histogram = Count([.. Large[..5000].Reverse()], int.MaxValue, batch: 2);

        Assert.Equal((0f, 4999f), (histogram.Min, histogram.Max));
        Assert.InRange(histogram.Count, 1, 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    [InlineData((1 << 20) - 1)]
    public void A_number_that_is_not_finite_is_seen_wherever_it_is(int place)
    {
        float[] values = [.. Large];
        values[place] = float.NaN;

        Assert.All([0, 1, 6], batch => Assert.False(new TensorWatch(false).TryAdd(values, Many, batch, out _, out _)));
        Assert.False(new TensorWatch(false).TryAdd(values, int.MaxValue, 0, out _, out _));
    }

    private static Histogram Count(float[] values, int batches, int batch)
    {
        var histogram = new Histogram();
        CountedBlocks.Add(histogram, values, (values.Min(), values.Max()), batches, batch);
        return histogram;
    }
}
