using CsCheck;
using QuantBuildTasks.Engine.Search;

namespace QuantBuildTasks.Engine.Tests.Search;

/// <summary>The walk along a chain, with a measurer that looks numbers up.</summary>
public sealed class ChainSearchTests
{
    private static readonly Objective NoFloor = new(35, null);

    /// <summary>Each step halves the noise and costs a tenth more time.</summary>
    private static readonly ChainStep[] Halving = [.. Enumerable.Range(0, 11).Select(k => new ChainStep(0.5 * Math.Pow(1.1, k), 0.25, 0.01 * Math.Pow(0.5, k)))];

    [Fact]
    public void Best_step_of_an_exact_forecast_is_the_first_that_is_measured_between_the_ends()
    {
        var measured = new List<int>();
        var search = Search(Halving, NoFloor, k => Exactly(Halving[k]), measured, 0, 10);

        int best = search.Run(8);

        // From 32.04 to 35.05 dB a step saves 2.96 · (0.02 + 0.004 · 2.96) = 0.094 and costs ln 1.1 = 0.0953; the steps before save more.
        Assert.Equal(4, best);
        Assert.Equal([4], measured);
    }

    [Fact]
    public void Forecast_is_corrected_by_what_was_measured()
    {
        // Noise is in truth 10 dB above what was foretold: the 8th step has 34.08 dB then, the 7th 31.07.
        var search = Search(Halving, NoFloor, k => Exactly(Halving[k]) with { Noise = Halving[k].Noise * 10 }, [], 0, 10);

        Assert.Equal(8, search.Run(8));
    }

    [Fact]
    public void Step_that_fails_the_gate_rules_out_all_before_it()
    {
        var measured = new List<int>();
        var search = Search(Halving, NoFloor, k => Exactly(Halving[k]) with { HoldsGate = k >= 7 }, measured, 0, 10);

        Assert.Equal(7, search.Run(8));
        // The 0th is known to fail, the 10th to hold: half of the way each time.
        Assert.Equal([5, 8, 7, 6], measured);
    }

    [Fact]
    public void Nothing_below_the_floor_of_the_gate_is_measured()
    {
        var measured = new List<int>();
        var search = Search(Halving, new Objective(20, 30), k => Exactly(Halving[k]) with { HoldsGate = k >= 4 }, measured, 0, 10);

        Assert.Equal(4, search.Run(8));
        Assert.Equal([5, 4], measured);
    }

    [Fact]
    public void Where_none_holds_the_gate_the_one_with_least_noise_is_best()
    {
        var search = Search(Halving, NoFloor, k => Exactly(Halving[k]) with { HoldsGate = false }, [], 0);

        Assert.Equal(10, search.Run(20));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    public void Budget_is_not_exceeded(int budget, int expected)
    {
        var measured = new List<int>();

        // What is measured contradicts the forecast each time, so that there is always something left to try.
        Search(Halving, NoFloor, k => Exactly(Halving[k]) with { HoldsGate = false }, measured, 0).Run(budget);

        Assert.Equal(expected, measured.Count);
    }

    [Fact]
    public void Search_ends_where_every_step_is_measured()
    {
        var measured = new List<int>();

        Search(Halving, NoFloor, k => Exactly(Halving[k]) with { HoldsGate = false }, measured).Run(1000);

        Assert.Equal(measured.Distinct().Count(), measured.Count);
    }

    [Fact]
    public void With_an_exact_forecast_nothing_is_much_better_than_what_is_found() => Gen.Double[0.8, 1.4].Array[2, 30].Select(Gen.Double[0.3, 1.0].Array[30], Gen.Int[0, 29]).Sample(
        (times, noises, gate) =>
        {
            // Noise falls along the chain, as it does when layers leave it one by one; time need not rise.
            double noise = 0.05;
            ChainStep[] steps = [.. times.Select((t, k) => new ChainStep(t, 0.25, noise *= noises[k]))];
            int first = Math.Min(gate, steps.Length - 1);
            var search = Search(steps, NoFloor, k => Exactly(steps[k]) with { HoldsGate = k >= first }, [], 0, steps.Length - 1);

            double found = Cost(steps[search.Run(100)]);

            Assert.True(found <= steps.Skip(first).Min(Cost) + ChainSearch.LeastGain);
        });

    private static double Cost(ChainStep step) => NoFloor.Cost(step.Time, step.Size, ChainStep.Db(step.Noise));

    private static ChainMeasure Exactly(ChainStep step) => new(step.Time, step.Size, step.Noise, true);

    private static ChainSearch Search(ChainStep[] steps, Objective objective, Func<int, ChainMeasure> truth, List<int> measured, params int[] known)
    {
        var search = new ChainSearch(steps, objective, k =>
        {
            measured.Add(k);
            return truth(k);
        });
        foreach (int step in known)
        {
            search.Know(step, truth(step));
        }

        return search;
    }
}
