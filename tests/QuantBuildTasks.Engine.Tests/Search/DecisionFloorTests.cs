using QuantBuildTasks.Engine.Search;

namespace QuantBuildTasks.Engine.Tests.Search;

public sealed class DecisionFloorTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.158655254)]
    [InlineData(1.959963985, 0.025)]
    [InlineData(4, 3.167124e-5)]
    public void Tail_is_that_of_the_normal_distribution(double z, double expected) => Assert.Equal(expected, DecisionFloor.Tail(z), 1e-7);

    [Fact]
    public void Decision_with_a_margin_of_one_spread_turns_as_often_as_a_normal_number_exceeds_one()
    {
        // At 20 dB the noise in each score is 0.1 for a mean square of 1, that of a difference 0.1·√2.
        Assert.Equal(0.158655, DecisionFloor.Turned([0.1 * Math.Sqrt(2)], 1, 20), 1e-5);
    }

    [Fact]
    public void Floor_is_where_three_quarters_of_the_limit_turn()
    {
        double[] margins = [.. Enumerable.Range(1, 100).Select(i => i / 50.0)];

        double floor = DecisionFloor.Db(margins, 2, 0.03);

        Assert.Equal(0.0225, DecisionFloor.Turned(margins, 2, floor), 1e-4);
    }

    [Fact]
    public void Sure_decisions_need_little() => Assert.True(DecisionFloor.Db([100, 100], 1, 0.03) < 0.1);
}
