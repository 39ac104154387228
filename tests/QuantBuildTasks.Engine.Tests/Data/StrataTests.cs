using CsCheck;
using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Tests.Data;

public sealed class StrataTests
{
    [Fact]
    public void One_is_picked_of_each_stretch() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[1, 300]).Sample((all, some) =>
        {
            int[] picked = [.. Strata.Of(all, some)];
            int count = Math.Min(all, some);
            Assert.Equal(count, picked.Length);
            Assert.All(picked.Index(), p => Assert.InRange(p.Item, (int)((long)p.Index * all / count), (int)((long)(p.Index + 1) * all / count) - 1));
        });

    [Fact]
    public void All_are_picked_where_there_are_no_more() => Assert.Equal(Enumerable.Range(0, 10), Strata.Of(10, 99));

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(16)]
    public void What_recurs_at_even_distances_is_picked_about_as_often_as_it_is_there(int distance)
    {
        int[] seen = [.. Strata.Of(1600, 160).GroupBy(i => i % distance).Select(g => g.Count())];

        Assert.Equal(distance, seen.Length);
        Assert.All(seen, s => Assert.InRange(s, 160.0 / distance * 0.6, 160.0 / distance * 1.5));
    }

    [Fact]
    public void Mixed_order_holds_all_and_each_beginning_is_spread() =>
        Gen.Select(Gen.Int[64, 2000], Gen.Int[4, 64]).Sample((all, some) =>
        {
            int[] mixed = [.. Strata.Mixed(all)];
            Assert.Equal(Enumerable.Range(0, all), mixed.Order());
            int[] places = [-1, .. mixed.Take(some).Order(), all];
            Assert.All(places.Zip(places.Skip(1)), p => Assert.InRange(p.Second - p.First, 1, (3.0 * all / some) + 1));
        });
}
