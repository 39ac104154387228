using CsCheck;
using QuantBuildTasks.Engine.Planning.Costs;

namespace QuantBuildTasks.Engine.Tests.Planning.Costs;

public class MinimumCutTests
{
    private const int Inner = 6;

    private static readonly Gen<(int From, int To, long Capacity)[]> Networks =
        Gen.Select(Gen.Int[0, Inner + 1], Gen.Int[0, Inner + 1], Gen.OneOf(Gen.Long[0, 9], Gen.Const(MinimumCut.Never)), (f, t, c) => (f, t, f == 0 && t == 1 ? Math.Min(c, 9) : c)).Array[0, 24];

    [Fact]
    public void Cut_costs_what_the_cheapest_of_all_partitions_costs_and_has_the_smallest_source_side() => Networks.Sample(edges =>
    {
        long cheapest = Enumerable.Range(0, 1 << Inner).Min(sides => Cost(edges, sides));
        if (cheapest >= MinimumCut.Never)
        {
            return;
        }

        (bool[] onSourceSide, long cost) = Solve(edges);

        int chosen = Enumerable.Range(0, Inner).Sum(i => onSourceSide[i + 2] ? 1 << i : 0);
        Assert.Equal(cheapest, cost);
        Assert.Equal(cheapest, Cost(edges, chosen));
        Assert.All(Enumerable.Range(0, 1 << Inner).Where(sides => Cost(edges, sides) == cheapest), sides => Assert.Equal(chosen, chosen & sides));
    });

    [Fact]
    public void Nothing_flows_through_a_network_without_edges()
    {
        (bool[] onSourceSide, long cost) = Solve([]);

        Assert.Equal(0, cost);
        Assert.Equal(Enumerable.Range(0, Inner + 2).Select(i => i == 0), onSourceSide);
    }

    [Fact]
    public void Chain_that_is_deeper_than_a_stack_is_cut_where_it_is_narrowest()
    {
        var cut = new MinimumCut();
        int last = MinimumCut.Source;
        for (int i = 0; i < 100_000; i++)
        {
            int next = cut.AddVertex();
            cut.AddEdge(last, next, i == 70_000 ? 3 : 5);
            last = next;
        }

        cut.AddEdge(last, MinimumCut.Sink, 4);

        (bool[] onSourceSide, long cost) = cut.Solve();
        Assert.Equal(3, cost);
        Assert.Equal(70_001, onSourceSide.Count(s => s));
    }

    [Fact]
    public void Negative_capacity_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new MinimumCut().AddEdge(0, 1, -1));

    private static (bool[] OnSourceSide, long Cost) Solve((int From, int To, long Capacity)[] edges)
    {
        var cut = new MinimumCut();
        for (int i = 0; i < Inner; i++)
        {
            cut.AddVertex();
        }

        foreach ((int from, int to, long capacity) in edges)
        {
            cut.AddEdge(from, to, capacity);
        }

        return cut.Solve();
    }

    /// <summary>Bit i of <paramref name="sides"/>: vertex i + 2 is on the source side.</summary>
    private static long Cost((int From, int To, long Capacity)[] edges, int sides)
    {
        long cost = 0;
        foreach ((int from, int to, long capacity) in edges)
        {
            cost = IsSource(from) && !IsSource(to) ? Math.Min(MinimumCut.Never, cost + capacity) : cost;
        }

        return cost;

        bool IsSource(int vertex) => vertex == 0 || (vertex != 1 && ((sides >> (vertex - 2)) & 1) == 1);
    }
}
