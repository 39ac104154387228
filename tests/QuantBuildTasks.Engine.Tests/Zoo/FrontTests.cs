using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Judging;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Engine.Tests.Zoo;

public sealed class FrontTests
{
    [Theory]
    [InlineData(0.9168, 3.87, 2.23, true)]
    [InlineData(0.9150, 3.76, 2.01, true)]
    [InlineData(0.9147, 3.87, 2.23, false)]
    [InlineData(0.9168, 3.75, 2.23, false)]
    [InlineData(0.9168, 3.87, 2.00, false)]
    public void A_reference_is_covered_with_half_the_interval_97_percent_of_the_size_and_90_percent_of_the_speed(double value, double ratio, double speedup, bool covered)
    {
        // 0.9168 − 0.002 = 0.9148; 0.97 × 3.8745 = 3.758; 0.9 × 2.231 = 2.008.
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("u8s8", 0.9168, 3.8745, 2.231));
        Judgement one = Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(value, ratio, speedup, half: 0.002))));
        Assert.Equal(covered, one.Holds);
    }

    [Fact]
    public void Sqnr_has_no_allowance()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Sqnr, ("stored-int8", 21.4, 3.67, 1.0));
        Assert.True(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(21.4, 3.67, 1.0)))).Holds);
        Assert.False(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(21.3, 3.67, 1.0)))).Holds);
    }

    [Fact]
    public void A_metric_that_is_better_when_less_is_judged_the_other_way_round()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Perplexity, ("dynamic", 4.5, 3.0, 1.0));
        Assert.True(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(4.4, 3.0, 1.0)))).Holds);
        Assert.False(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(4.6, 3.0, 1.0)))).Holds);
    }

    [Fact]
    public void Two_rows_that_meet_a_reference_only_together_do_not_cover_it()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("u8s8", 0.9, 3.8, 2.2));
        Judgement one = Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(0.9, 3.8, 1.9), MadeUp.Row(0.9, 2.0, 2.2, recipe: "careful"))));
        Assert.False(one.Holds);
        Assert.Equal("none; nearest is auto, balanced: 1.90× fast where 1.98× is needed", one.Detail);
    }

    [Fact]
    public void A_model_left_as_it_is_covers_a_reference_that_is_not_quantized()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Sqnr, ("nncf-ptq", 327.05, 0.7, 1.0));
        Assert.True(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, MadeUp.Row(null, 1, 1) with { Precision = "none" }))).Holds);
    }

    [Fact]
    public void Rows_of_other_profiles_and_with_repeated_samples_cover_nothing()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("u8s8", 0.9, 3.8, 2.2));
        ZooRow good = MadeUp.Row(0.9, 3.8, 2.2);
        Assert.Null(Assert.Single(FrontCover.Judge(MadeUp.Field(entry, good with { Profile = "arm64" }, good with { RepeatedSamples = 900 }))).Holds);
    }

    [Fact]
    public void Block_wise_recipes_are_no_references_and_the_stored_floor_is_one()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("stored-int8", 0.9, 3.9, 1.0), ("ort-nbits-4-32", 0.9, 6.9, 0.5));
        Assert.Equal(["stored-int8"], MadeUp.Field(entry).References.Select(r => r.Name));
    }

    [Theory]
    [InlineData(0.9080, 3.8, 1.0, true, "more exact than half the interval")]
    [InlineData(0.9010, 3.8, 1.0, false, "within half the interval")]
    [InlineData(0.9000, 3.9, 1.0, true, "smaller")]
    [InlineData(0.9000, 3.8, 1.02, false, "as fast")]
    [InlineData(0.9000, 3.8, 1.10, true, "faster")]
    [InlineData(0.9080, 3.7, 1.0, false, "more exact, but larger")]
    [InlineData(0.8950, 3.9, 1.1, false, "smaller and faster, but less exact")]
    public void A_reference_dominates_when_it_is_as_good_in_all_and_better_in_one(double value, double ratio, double speedup, bool dominates, string why)
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("other", value, ratio, speedup));
        Judgement one = Assert.Single(Dominance.Judge(MadeUp.Field(entry, MadeUp.Row(0.9, 3.8, 1.0, half: 0.003))));
        Assert.True(one.Holds == !dominates, why);
    }

    [Fact]
    public void A_model_left_as_it_is_is_not_judged_for_dominance()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("stored-int8", 0.9, 3.9, 1.0));
        Assert.Empty(Dominance.Judge(MadeUp.Field(entry, MadeUp.Row(0.9, 1, 1) with { Precision = "none" })));
    }

    [Fact]
    public void The_front_is_passed_by_one_artifact_that_wins_somewhere_and_loses_little_elsewhere()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("fast", 0.9, 3.8, 2.2), ("small", 0.9, 3.95, 1.0));
        ZooRow auto = MadeUp.Row(0.9005, 3.9, 2.2, recipe: "auto");
        Assert.True(Assert.Single(FrontPassed.Judge(MadeUp.Field(entry, auto))).Holds);

        Judgement slow = Assert.Single(FrontPassed.Judge(MadeUp.Field(entry, auto with { Speedup = 1.2 })));
        Assert.False(slow.Holds);
        Assert.Equal("not against fast (1.20× to 2.20× fast)", slow.Detail);
    }

    [Fact]
    public void What_is_better_in_nothing_does_not_pass()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("same", 0.9, 3.8, 2.2));
        Judgement one = Assert.Single(FrontPassed.Judge(MadeUp.Field(entry, MadeUp.Row(0.9, 3.8, 2.25, recipe: "auto"))));
        Assert.Equal("not against same (better in nothing)", one.Detail);
    }

    [Fact]
    public void Only_rows_of_recipe_auto_can_pass_the_front()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("same", 0.9, 3.8, 2.2));
        Assert.Null(Assert.Single(FrontPassed.Judge(MadeUp.Field(entry, MadeUp.Row(0.95, 4, 3)))).Holds);
    }

    [Fact]
    public void A_goal_without_a_number_is_float32_less_half_the_interval()
    {
        var goal = new Goal(3.9, 2.2);
        ZooRow row = MadeUp.Row(0.9150, 3.9, 2.2, half: 0.002, recipe: "auto") with { Fp32 = 0.9168 };
        Assert.Empty(Goals.Missing(Standing.Of(row, MadeUp.Entry(MetricKind.Top1))!, row, goal));

        ZooRow worse = row with { Value = 0.9140, Ratio = 3.8 };
        Assert.Equal(["91.48 %", "3.90× smaller"], Goals.Missing(Standing.Of(worse, MadeUp.Entry(MetricKind.Top1))!, worse, goal));
    }
}
