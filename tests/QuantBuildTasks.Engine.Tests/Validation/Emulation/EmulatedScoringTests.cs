using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

public sealed class EmulatedScoringTests
{
    private static readonly MaxDrop OnePoint = new(MaxDropKind.Points, 0.01);

    [Fact]
    public void Equal_sessions_give_equal_bits_and_pass()
    {
        var population = new FakePopulation(300);

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { SampleBudget = 300 }, TestContext.Current.CancellationToken);

        Assert.Equal(GateOutcome.Passed, report.Verdict.Outcome);
        Assert.Equal(
            new RunComparison { Samples = 300, DecisionsApart = 0, Identical = 300, GreatestDifference = 0, NativeValue = 1, EmulatedValue = 1 },
            report.AgainstNative);
        Assert.Equal((ScoringEnd.AllSamples, 0.0, new Interval(0, 0)), (report.End, report.Result.Drop, report.Result.DropInterval));
        Assert.Equal(
            "under emulation top-1 stayed at 100.0 % (limit 1 point; 95 % interval 0.0–0.0; 300 samples; all outputs are those of the native run bit for bit)",
            report.Verdict.Explanation);
    }

    [Fact]
    public void A_candidate_that_flips_the_uncertain_ones_regresses()
    {
        // Sample i's margin grows with i: those below 600 of 10,000 flip, the 100 least sure among them.
        var population = new FakePopulation(10_000) { EmulatedFlips = [.. Enumerable.Range(0, 600)] };

        EmulatedReport report = EmulatedScoring.Score(population.Request(), TestContext.Current.CancellationToken);

        Assert.Equal(GateOutcome.Regressed, report.Verdict.Outcome);
        Assert.Equal(100, report.LeastSure);
        Assert.InRange(0.06, report.Result.DropInterval!.Value.Low, report.Result.DropInterval.Value.High);
        Assert.StartsWith("under emulation top-1 fell by ", report.Verdict.Explanation, StringComparison.Ordinal);
        Assert.Contains(" of 10,000 samples, the 100 least sure of float32 among them; ", report.Verdict.Explanation, StringComparison.Ordinal);
        Assert.EndsWith(" decisions differ from the native run)", report.Verdict.Explanation, StringComparison.Ordinal);
        Assert.Equal(report.AgainstNative.Samples - report.AgainstNative.Identical, report.AgainstNative.DecisionsApart);
    }

    [Fact]
    public void A_clear_pass_ends_with_the_first_random_samples_and_a_regression_uses_up_the_budget()
    {
        var population = new FakePopulation(10_000) { EmulatedFlips = [.. Enumerable.Range(0, 10_000).Where(i => i % 2 == 0)] };
        EmulatedReport bad = EmulatedScoring.Score(population.Request(), TestContext.Current.CancellationToken);
        EmulatedReport good = EmulatedScoring.Score(
            new FakePopulation(10_000).Request() with { MaxDrop = new MaxDrop(MaxDropKind.Points, 0.2) },
            TestContext.Current.CancellationToken);

        Assert.Equal((ScoringEnd.SampleBudget, GateOutcome.Regressed), (bad.End, bad.Verdict.Outcome));
        Assert.Equal((ScoringEnd.Decided, GateOutcome.Passed), (good.End, good.Verdict.Outcome));
        Assert.Equal((400, 128), (bad.Result.Samples, good.Result.Samples));
    }

    [Fact]
    public void When_time_ends_among_the_least_sure_only_a_regression_that_the_rest_cannot_undo_is_one()
    {
        // Of 400 samples 96 are seen and lost. Float32 has none wrong that could be won, so that 24 points are lost at least; with 100 wrong
        // ones up to 25 points could be won.
        HashSet<int> all = [.. Enumerable.Range(0, 400)];
        EmulatedReport certain = EndedEarly(new FakePopulation(400) { EmulatedFlips = all });
        EmulatedReport uncertain = EndedEarly(new FakePopulation(400) { EmulatedFlips = all, Wrong = [.. Enumerable.Range(300, 100)] });

        Assert.Equal(
            "under emulation top-1 fell by 24.0 points from 100.0 % to 76.0 % (limit 20 points; 96 of 400 samples, all of them among the least sure of float32; 96 decisions differ from the native run)",
            certain.Verdict.Explanation);
        Assert.Equal((GateOutcome.Regressed, 96, null), (certain.Verdict.Outcome, certain.LeastSure, certain.Result.DropInterval));
        Assert.Equal(GateOutcome.TooFewSamples, uncertain.Verdict.Outcome);
        Assert.Contains("96 of 400 samples, all of them among the least sure of float32, too few to speak for the rest;", uncertain.Verdict.Explanation, StringComparison.Ordinal);

        static EmulatedReport EndedEarly(FakePopulation population) => EmulatedScoring.Score(
            population.Request() with { MaxDrop = new MaxDrop(MaxDropKind.Points, 0.2), Clock = new FakeClock(TimeSpan.FromSeconds(10)), TimeBudget = TimeSpan.FromSeconds(30) },
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_budget_that_cannot_tell_says_how_many_samples_would()
    {
        // 300 random samples without a flip leave 0.99·1.96²/(300 + 1.96²) = 1.25 points; 0.99·3.84/(n + 3.84) is 1 point at n = 376.
        EmulatedReport report = EmulatedScoring.Score(new FakePopulation(10_000).Request(), TestContext.Current.CancellationToken);

        Assert.Equal((ScoringEnd.SampleBudget, GateOutcome.TooFewSamples), (report.End, report.Verdict.Outcome));
        Assert.Equal(0.0125165, report.Result.DropInterval!.Value.High, 1e-6);
        Assert.Contains("the 100 least sure of float32 among them, and about 490 would tell;", report.Verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_ends_the_scoring_between_two_rounds()
    {
        var clock = new FakeClock(TimeSpan.FromSeconds(10));
        var population = new FakePopulation(10_000);

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { Clock = clock, TimeBudget = TimeSpan.FromSeconds(25) }, TestContext.Current.CancellationToken);

        // The clock is asked at the start and after each round: 10, 20 and 30 s.
        Assert.Equal((ScoringEnd.TimeBudget, GateOutcome.TooFewSamples, 96), (report.End, report.Verdict.Outcome, report.Result.Samples));
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(1, 5)]
    [InlineData(4, 5)]
    public void The_report_depends_neither_on_workers_nor_on_the_order_of_batches(int workers, int batchSize)
    {
        var population = new FakePopulation(3000) { EmulatedFlips = [.. Enumerable.Range(0, 3000).Where(i => i % 11 == 0)], NativeFlips = [3, 5] };
        EmulatedScoringRequest request = population.Request() with { MaxDrop = new MaxDrop(MaxDropKind.Points, 0.08), SampleBudget = 400 };

        EmulatedReport one = EmulatedScoring.Score(request with { BatchSize = batchSize }, TestContext.Current.CancellationToken);
        EmulatedReport other = EmulatedScoring.Score(request with { BatchSize = batchSize, Workers = workers }, TestContext.Current.CancellationToken);

        Assert.Equal(one, other);
        Assert.Equal(400, one.Result.Samples);
        Assert.Equal(EmulatedScoring.Score(request, TestContext.Current.CancellationToken), one);
    }

    [Fact]
    public void A_fixed_batch_size_is_kept()
    {
        var population = new FakePopulation(1000, batch: 50);

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { SampleBudget = 130 }, TestContext.Current.CancellationToken);

        Assert.Equal(100, report.Result.Samples);
        Assert.All(population.BatchSizes, size => Assert.Equal(50, size));
    }

    [Fact]
    public void Cancellation_ends_it()
    {
        using var source = new CancellationTokenSource();
        var population = new FakePopulation(1000);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            EmulatedScoring.Score(population.Request() with { Progress = _ => source.Cancel() }, source.Token));
        Assert.Equal(32, population.EmulatedSamples);
    }

    [Fact]
    public void Progress_is_the_share_of_the_budget()
    {
        var told = new List<double>();

        EmulatedScoring.Score(new FakePopulation(1000).Request() with { SampleBudget = 96, Progress = told.Add }, TestContext.Current.CancellationToken);

        Assert.Equal([1 / 3.0, 2 / 3.0, 1], told);
    }

    [Fact]
    public void A_metric_that_is_no_mean_is_taken_over_random_samples()
    {
        var population = new FakePopulation(1000) { EmulatedFlips = [.. Enumerable.Range(0, 1000)] };

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { Metric = MetricKind.Sqnr, MaxDrop = null }, TestContext.Current.CancellationToken);

        Assert.Equal((0, 400, ScoringEnd.SampleBudget, GateOutcome.Regressed), (report.LeastSure, report.Result.Samples, report.End, report.Verdict.Outcome));
        Assert.Contains("400 of 1,000 samples; 400 decisions differ", report.Verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Margins_of_the_caller_save_the_pass_over_all_samples()
    {
        var population = new FakePopulation(1000);
        EmulatedScoringRequest request = population.Request();
        FloatPass pass = FloatPass.Run(request, TestContext.Current.CancellationToken);
        EmulatedReport expected = EmulatedScoring.Score(request, TestContext.Current.CancellationToken);
        population.BatchSizes.Clear();

        Assert.Equal(expected, EmulatedScoring.Score(request with { FloatPass = pass }, TestContext.Current.CancellationToken));
        Assert.Equal(3 * 400, population.BatchSizes.Sum());
    }

    [Fact]
    public void Agreement_counts_what_differs_from_float32_and_shows_the_value_of_all_samples()
    {
        // The census of 5 of 100 has 5 flips, the 15 random ones none: 5 % of all.
        var population = new FakePopulation(100) { EmulatedFlips = [.. Enumerable.Range(0, 5)] };

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { Metric = MetricKind.Agreement, SampleBudget = 20 }, TestContext.Current.CancellationToken);

        Assert.Equal((0.05, 0.95, double.NaN), (report.Result.Drop, report.Result.Value, report.Result.FloatValue));
        Assert.StartsWith("under emulation the largest output agrees with float32 on 95.0 % of the samples (", report.Verdict.Explanation, StringComparison.Ordinal);
        Assert.Equal((GateOutcome.Regressed, 0.75), (report.Verdict.Outcome, report.AgainstNative.EmulatedValue));
    }

    [Fact]
    public void Cosine_is_resampled_over_the_random_ones()
    {
        // A swap of (0, s) and (s, 0) has cosine 0: half of all samples, none of the census.
        var population = new FakePopulation(1000) { EmulatedFlips = [.. Enumerable.Range(500, 500)] };

        EmulatedReport report = EmulatedScoring.Score(
            population.Request() with { Metric = MetricKind.Cosine, SampleBudget = 200, MaxDrop = new MaxDrop(MaxDropKind.Absolute, 0.52) },
            TestContext.Current.CancellationToken);

        Assert.Equal(1 - report.Result.Drop, report.Result.Value, 1e-12);
        Assert.InRange(0.5, report.Result.DropInterval!.Value.Low, report.Result.DropInterval.Value.High);
        Assert.Equal((200, 50, ScoringEnd.SampleBudget), (report.Result.Samples, report.LeastSure, report.End));
    }

    [Theory]
    [InlineData(0.01, nameof(GateOutcome.Regressed))]
    [InlineData(0.07, nameof(GateOutcome.Passed))]
    public void A_relative_limit_is_a_share_of_the_float_value_of_all_samples(double limit, string expected)
    {
        // Everything is tried: 10 of 200 lost where float32 has 160 right, 6.25 % of its value.
        var population = new FakePopulation(200) { Wrong = [.. Enumerable.Range(0, 40)], EmulatedFlips = [.. Enumerable.Range(100, 10)] };

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { MaxDrop = new MaxDrop(MaxDropKind.Relative, limit) }, TestContext.Current.CancellationToken);

        Assert.Equal((0.8, 0.05), (report.Result.FloatValue, report.Result.Drop));
        Assert.Equal(expected, report.Verdict.Outcome.ToString());
    }

    [Fact]
    public void Where_less_is_better_the_value_rises_with_the_drop()
    {
        // All 100 are tried: a swap of (0, 10) costs 10² for each number of sample 9 alone.
        var population = new FakePopulation(100) { EmulatedFlips = [9] };

        EmulatedReport report = EmulatedScoring.Score(
            population.Request() with { Metric = MetricKind.Mse, MaxDrop = new MaxDrop(MaxDropKind.Absolute, 0.5) },
            TestContext.Current.CancellationToken);

        Assert.Equal((1.0, 1.0, GateOutcome.Regressed), (report.Result.Drop, report.Result.Value, report.Verdict.Outcome));
    }

    [Fact]
    public void Float_and_artifact_have_the_values_of_all_samples_not_of_those_tried()
    {
        // The float model is wrong on the 100 least sure of 1,000.
        var population = new FakePopulation(1000) { Wrong = [.. Enumerable.Range(0, 100)] };

        EmulatedReport report = EmulatedScoring.Score(population.Request() with { MaxDrop = OnePoint }, TestContext.Current.CancellationToken);

        Assert.Equal((0.9, 0.9, 0.0), (report.Result.FloatValue, report.Result.Value, report.Result.Drop));
    }
}
