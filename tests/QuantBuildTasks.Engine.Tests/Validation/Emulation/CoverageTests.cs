using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

/// <summary>Simulated populations whose drop is known. Sample i is the surer the greater i, and errors grow rare with certainty.</summary>
public sealed class CoverageTests
{
    private const int Size = 3000;

    [Theory]
    [InlineData(100, 200)]
    [InlineData(200, 200)]
    [InlineData(0, 300)]
    public void Intervals_of_shares_hold_the_drop_of_all_samples_in_95_percent_of_populations(int leastSure, int random)
    {
        var generator = new SplitMix64(20_240_601);
        Assert.InRange(Share(700, ref generator, (ref SplitMix64 g) => Holds(Shuffled(Flips(ref g), leastSure, ref g)[..(leastSure + random)], leastSure)), 0.93, 1);
    }

    [Fact]
    public void Resampled_intervals_hold_it_too()
    {
        var generator = new SplitMix64(7);
        Assert.InRange(Share(200, ref generator, (ref SplitMix64 g) => Holds(Shuffled(Distances(ref g), 100, ref g)[..300], 100)), 0.93, 1);
    }

    [Fact]
    public void Looking_after_each_round_keeps_the_coverage_and_few_decisions_are_wrong()
    {
        var generator = new SplitMix64(99);
        int decisions = 0;
        int wrong = 0;
        double held = Share(1000, ref generator, (ref SplitMix64 g) =>
        {
            Population population = Shuffled(Flips(ref g), 100, ref g);
            double limit = 0.02 + (0.04 * Uniform(ref g));
            var judge = new EmulatedVerdict(new MaxDrop(MaxDropKind.Points, limit), Size, 100, 0.9);
            MetricResult result;
            bool decided;
            int tried = 96;
            do
            {
                tried = Math.Min(tried + 32, 400);
                double[] seen = population.Differences[..tried];
                result = judge.Estimate(new MetricResult(MetricKind.Top1, 0.9, 0.9 - seen.Average(), seen.Average(), null, tried), seen);
                decided = judge.IsDecided(result);
            }
            while (!decided && tried < 400);

            decisions += decided ? 1 : 0;
            wrong += decided && (result.Drop > limit) != (population.Truth > limit) ? 1 : 0;
            return Holds(population, result.DropInterval!.Value);
        });

        Assert.InRange(held, 0.93, 1);
        Assert.InRange(decisions, 200, 1000);
        Assert.InRange(wrong / (double)decisions, 0, 0.05);
    }

    private static bool Holds(Population population, Interval interval) => interval.Low <= population.Truth && population.Truth <= interval.High;

    private static bool Holds(Population seen, int leastSure) => Holds(seen, StratifiedEstimate.Of(seen.Differences, leastSure, Size, 0.9).Interval!.Value);

    private static double Share(int populations, ref SplitMix64 generator, Trial trial)
    {
        int held = 0;
        for (int p = 0; p < populations; p++)
        {
            held += trial(ref generator) ? 1 : 0;
        }

        return (double)held / populations;
    }

    /// <summary>Lost (1) and won (−1) samples, at rates from almost none to a half.</summary>
    private static double[] Flips(ref SplitMix64 generator)
    {
        double worst = 0.02 + (0.5 * Uniform(ref generator));
        double scale = Size * (0.02 + (0.5 * Uniform(ref generator)));
        double floor = 0.02 * Uniform(ref generator);
        double won = 0.5 * Uniform(ref generator);
        double[] all = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            bool flips = Uniform(ref generator) < floor + (worst * Math.Exp(-i / scale));
            all[i] = !flips ? 0 : Uniform(ref generator) < won ? -1 : 1;
        }

        return all;
    }

    /// <summary>Skewed differences of any size.</summary>
    private static double[] Distances(ref SplitMix64 generator)
    {
        double scale = Size * (0.05 + Uniform(ref generator));
        double[] all = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            all[i] = 0.1 * Math.Exp(-i / scale) * -Math.Log(1 - Uniform(ref generator));
        }

        return all;
    }

    /// <summary>The least sure ones stay in front, the others are in random order.</summary>
    private static Population Shuffled(double[] all, int leastSure, ref SplitMix64 generator)
    {
        for (int i = leastSure; i < all.Length; i++)
        {
            int drawn = i + generator.Next(all.Length - i);
            (all[i], all[drawn]) = (all[drawn], all[i]);
        }

        return new Population(all, all.Average());
    }

    private static double Uniform(ref SplitMix64 generator) => (generator.Next() >> 11) * Math.Pow(2, -53);

    private delegate bool Trial(ref SplitMix64 generator);

    private sealed record Population(double[] Differences, double Truth)
    {
        public int Length => Differences.Length;

        /// <summary>The first samples; the truth is that of all.</summary>
        public Population Slice(int start, int length) => this with { Differences = Differences[start..(start + length)] };
    }
}
