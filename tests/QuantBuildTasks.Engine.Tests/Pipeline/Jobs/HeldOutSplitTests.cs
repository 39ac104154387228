using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Jobs;

public sealed class HeldOutSplitTests
{
    [Theory]
    [InlineData(24, 8)]
    [InlineData(40, 8)]
    [InlineData(64, 12)]
    [InlineData(500, 100)]
    [InlineData(5000, 128)]
    public void A_fifth_is_held_out_but_at_least_8_and_at_most_128(int samples, int expected)
    {
        HeldOutSplit split = HeldOutSplit.Of(Data(samples));

        Assert.Equal((expected, samples - expected), (split.HeldOut.Count, split.Learning.Count));
        Assert.Empty(Numbers(split.HeldOut).Intersect(Numbers(split.Learning)));
    }

    [Fact]
    public void Held_out_samples_lie_evenly_among_the_others() => Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Numbers(HeldOutSplit.Of(Data(40)).HeldOut).Select(n => n / 5));

    [Fact]
    public void Too_few_samples_serve_both()
    {
        HeldOutSplit split = HeldOutSplit.Of(Data(23));

        Assert.Equal((23, 23), (split.HeldOut.Count, split.Learning.Count));
    }

    [Fact]
    public void Batches_that_the_model_demands_stay_together() =>
        Assert.All(Numbers(HeldOutSplit.Of(Data(40, batch: 4)).HeldOut).Chunk(4), held => Assert.Equal([.. Enumerable.Range(held[0] / 4 * 4, 4)], held));

    private static int[] Numbers(Dataset data) =>
        [.. data.Batches(1).SelectMany(b => data.Batch(b)["x"].Span<float>().ToArray()).Select(x => (int)x)];

    private static Dataset Data(int samples, int? batch = null)
    {
        Tensor numbers = Tensor.Of([.. Enumerable.Range(0, samples).Select(i => (float)i)], samples, 1);
        return new Dataset([new BoundArray("x", [numbers], 0)], null, [.. Enumerable.Range(0, samples)], batch);
    }
}
