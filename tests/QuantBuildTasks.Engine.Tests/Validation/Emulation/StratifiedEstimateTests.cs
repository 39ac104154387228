using CsCheck;
using QuantBuildTasks.Engine.Validation.Emulation;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

public sealed class StratifiedEstimateTests
{
    [Fact]
    public void The_census_counts_as_it_is_and_the_random_ones_stand_for_the_rest()
    {
        // Of 1,000 samples the 100 least sure: 30 lost, 5 won. Of 100 random others 4 lost, 1 won: 25/1000 + 0.9 · 3/100.
        double[] differences = [.. Of(30, 5, 100), .. Of(4, 1, 100)];

        var estimate = StratifiedEstimate.Of(differences, 100, 1000, 0.9);

        Assert.Equal(0.052, estimate.Drop, 1e-12);
        Assert.Equal(0.00745106, estimate.Interval!.Value.Low, 1e-6);
        Assert.Equal(0.1059859, estimate.Interval.Value.High, 1e-6);
    }

    [Fact]
    public void Random_ones_without_a_difference_leave_the_interval_of_none_seen()
    {
        // ±0.9·z²/(100 + z²) around 25/1000.
        var estimate = StratifiedEstimate.Of([.. Of(30, 5, 100), .. new double[100]], 100, 1000, 0.9);

        Assert.Equal((0.025, -0.0082941, 0.0582941), (estimate.Drop, estimate.Interval!.Value.Low, estimate.Interval.Value.High), Near);
    }

    [Fact]
    public void Differences_that_are_not_whole_are_resampled()
    {
        // The bootstrap's interval of 0, 0.01 … 0.19 is 0.0695–0.12 (IntervalTests); they stand for 21 of 41 samples, and 20 are 0.2 each.
        var estimate = StratifiedEstimate.Of([.. Enumerable.Repeat(0.2, 20), .. Enumerable.Range(0, 20).Select(i => i / 100.0)], 20, 41, double.NaN);

        Assert.Equal(
            ((4 + (21 * 0.095)) / 41, (4 + (21 * 0.0695)) / 41, (4 + (21 * 0.12)) / 41),
            (estimate.Drop, estimate.Interval!.Value.Low, estimate.Interval.Value.High),
            Near);
    }

    [Fact]
    public void All_samples_are_exact()
    {
        var estimate = StratifiedEstimate.Of(Of(3, 1, 50), 50, 50, 0.9);

        Assert.Equal((0.04, 0.04, 0.04), (estimate.Drop, estimate.Interval!.Value.Low, estimate.Interval.Value.High), Near);
    }

    [Theory]
    [InlineData(double.NaN, 0.02, 0.92)]
    [InlineData(0.95, -0.03, 0.92)]
    [InlineData(0, -0.88, 0.92)]
    public void Without_random_ones_the_rest_is_bounded(double floatValue, double low, double high)
    {
        // 2 of 10 lost, 90 not seen.
        var estimate = StratifiedEstimate.Of(Of(2, 0, 10), 50, 100, floatValue);

        Assert.Equal((0.02, low, high), (estimate.Drop, estimate.Interval!.Value.Low, estimate.Interval.Value.High), Near);
    }

    [Fact]
    public void Without_random_ones_nothing_bounds_a_metric_of_any_size() =>
        Assert.Null(StratifiedEstimate.Of([0.5, 0.25], 50, 100, 3).Interval);

    [Fact]
    public void The_interval_holds_the_estimate_whatever_was_seen() =>
        Gen.Select(Gen.Double[-1, 1].Array[1, 40], Gen.Int[0, 20], Gen.Int[0, 100]).Sample((differences, leastSure, others) =>
        {
            var whole = StratifiedEstimate.Of([.. differences.Select(d => (double)Math.Sign(Math.Round(d)))], leastSure, differences.Length + others, 0.5);

            Assert.InRange(whole.Drop, whole.Interval!.Value.Low - 1e-12, whole.Interval.Value.High + 1e-12);
        });

    private static double[] Of(int lost, int won, int count) => [.. Enumerable.Range(0, count).Select(i => i < lost ? 1.0 : i < lost + won ? -1 : 0)];

    private static bool Near((double A, double B, double C) x, (double A, double B, double C) y) =>
        Math.Abs(x.A - y.A) < 1e-6 && Math.Abs(x.B - y.B) < 1e-6 && Math.Abs(x.C - y.C) < 1e-6;
}
