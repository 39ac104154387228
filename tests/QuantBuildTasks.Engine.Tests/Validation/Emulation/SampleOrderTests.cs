using CsCheck;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Emulation;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

public sealed class SampleOrderTests
{
    [Fact]
    public void The_least_sure_ones_are_a_quarter_of_the_budget_and_come_first_of_equal_ones_the_earlier()
    {
        var order = SampleOrder.Of(8, [5, 1, 3, 1, 9, 0.5, 7, 8], 8, 1);

        Assert.Equal([5, 1], order.Places.Take(2));
        Assert.Equal((2, 8), (order.LeastSure, order.Places.Count));
    }

    [Fact]
    public void Every_place_comes_once_and_budgets_and_batches_are_kept() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 5], Gen.Int[1, 100], Gen.Bool).Sample((batches, batch, budget, sure) =>
        {
            int count = batches * batch;
            var order = SampleOrder.Of(count, sure ? [.. Enumerable.Range(0, count).Select(i => (double)(i * 7 % count))] : null, budget, batch);

            Assert.Equal(order.Places.Count, order.Places.Distinct().Count());
            Assert.All(order.Places, p => Assert.InRange(p, 0, count - 1));
            Assert.Equal(0, order.Places.Count % batch);
            Assert.Equal(Math.Min(count, Math.Max(batch, budget / batch * batch)), order.Places.Count);
            Assert.Equal(sure ? order.Places.Count / 4 : 0, order.LeastSure);
        });

    [Fact]
    public void Others_are_drawn_evenly()
    {
        // 300 of 3,000 without replacement: a third of them from each third, ±4·√(300·⅓·⅔·0.9).
        var order = SampleOrder.Of(3000, null, 300, 1);

        for (int third = 0; third < 3; third++)
        {
            Assert.InRange(order.Places.Count(p => p / 1000 == third), 70, 130);
        }
    }

    [Fact]
    public void The_order_is_the_same_every_time() =>
        Assert.Equal(SampleOrder.Of(500, null, 100, 1).Places, SampleOrder.Of(500, null, 100, 1).Places);

    [Theory]
    [InlineData(2, new[] { 1f, 5, 3 })]
    [InlineData(0, new[] { 4f, 4 })]
    [InlineData(0, new[] { 4f, float.NaN })]
    [InlineData(0, new[] { float.PositiveInfinity, float.PositiveInfinity })]
    [InlineData(double.PositiveInfinity, new[] { 1, float.PositiveInfinity, 3 })]
    public void A_margin_is_the_largest_less_the_second_largest(double expected, float[] scores) => Assert.Equal(expected, FloatPass.Margin(scores));

    [Theory]
    [InlineData(new[] { 4L, 3 }, true)]
    [InlineData(new[] { 4L, 3, 1, 1 }, true)]
    [InlineData(new[] { 4L, 1 }, false)]
    [InlineData(new[] { 4L, 3, 2 }, false)]
    [InlineData(new[] { 2L, 6 }, false)]
    [InlineData(new[] { 12L }, false)]
    public void Only_a_row_of_scores_for_each_sample_has_margins(long[] dims, bool expected)
    {
        long length = dims.Aggregate(1L, (a, b) => a * b);
        var output = new FirstOutput(new FakeSession(new FakeModel(
            new ModelPort("y", ElementType.Float32, null),
            _ => Tensor.Of(new float[length], dims))));
        output.Run(new Dictionary<string, Tensor>());

        Assert.Equal(expected, output.HasScores(4));
    }
}
