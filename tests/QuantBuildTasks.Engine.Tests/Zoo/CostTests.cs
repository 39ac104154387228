using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Judging;
using QuantBuildTasks.Zoo.Measuring;
using QuantBuildTasks.Zoo.Printing;

namespace QuantBuildTasks.Engine.Tests.Zoo;

public sealed class CostTests
{
    private static readonly ZooEntry Classifier = MadeUp.Entry(MetricKind.Top1);

    [Theory]
    [InlineData("fast", 7.4, 5.0, true)]
    [InlineData("fast", 7.6, 5.0, false)]
    [InlineData("balanced", 20, 5.0, true)]
    [InlineData("balanced", 21, 5.0, false)]
    [InlineData("balanced", 2, 0.3, null)]
    public void Passes_are_judged_where_the_float_pass_takes_five_seconds(string recipe, double seconds, double pass, bool? holds)
    {
        ZooRow row = MadeUp.Row(0.9, 3.8, 1, recipe: recipe) with { Seconds = seconds, FloatPassSeconds = pass };
        Assert.Equal(holds, Assert.Single(Cost.Passes([Classifier], [row])).Holds);
    }

    [Fact]
    public void A_pass_too_short_to_judge_is_left_out_where_a_longer_one_was_timed()
    {
        ZooRow tooShort = MadeUp.Row(0.9, 3.8, 1) with { Seconds = 2, FloatPassSeconds = 0.3 };
        Judgement one = Assert.Single(Cost.Passes([Classifier], [tooShort, tooShort with { RepeatedSamples = 900, Seconds = 12, FloatPassSeconds = 6 }]));
        Assert.Equal("x64-vnni, auto, balanced, 900 samples", one.Case);
        Assert.Equal("2.0 of 4.0; a pass takes 6.00 s", one.Detail);
    }

    [Fact]
    public void Recipes_that_search_may_take_as_many_passes_as_they_like()
    {
        Assert.Empty(Cost.Passes([Classifier], [MadeUp.Row(0.9, 3.8, 1, recipe: "careful") with { Seconds = 500, FloatPassSeconds = 5 }]));
    }

    [Theory]
    [InlineData(175, true)]
    [InlineData(176, false)]
    public void Memory_is_bounded_by_the_float_worker_three_models_and_a_batch(double peak, bool holds)
    {
        // 100 + 3 × 10 + 45 = 175.
        ZooRow row = MadeUp.Row(0.9, 3.8, 1) with { CalibrationPeakMb = peak, FloatPeakMb = 100, FloatBytes = 10 << 20, ActivationsMb = 45 };
        Assert.Equal(holds, Assert.Single(Cost.Memory([row])).Holds);
    }

    [Fact]
    public void Each_profile_that_was_timed_is_judged_by_its_own_slowest_artifact()
    {
        Judgement[] both = [.. Cost.Speed([MadeUp.Row(0.9, 3.8, 2), MadeUp.Row(0.9, 3.8, 0.96) with { Profile = "x64-avx2" }])];
        Assert.Equal([true, false], both.Select(j => j.Holds!.Value));
    }

    [Fact]
    public void The_slowest_artifact_of_an_entry_speaks_for_it()
    {
        Judgement one = Assert.Single(Cost.Speed([MadeUp.Row(0.9, 3.8, 2), MadeUp.Row(0.9, 3.8, 0.96, recipe: "fast"), MadeUp.Row(0.9, 1, 0.5) with { Precision = "none" }]));
        Assert.False(one.Holds);
        Assert.Equal("x64-vnni, auto, fast", one.Case);
    }

    [Theory]
    [InlineData(0.9138, true)]
    [InlineData(0.9136, false)]
    public void Avx2_may_lose_three_tenths_of_a_point(double value, bool holds)
    {
        ZooRow vnni = MadeUp.Row(0.9168, 3.8, 2) with { Samples = 10_000 };
        Assert.Equal(holds, Assert.Single(ProfileGap.Judge(Classifier, [vnni, vnni with { Profile = "x64-avx2", Value = value }])).Holds);
    }

    [Fact]
    public void What_an_emulator_showed_to_be_worse_than_this_machine_counts()
    {
        ZooRow vnni = MadeUp.Row(0.9168, 3.8, 2) with { Samples = 10_000 };
        ZooRow avx2 = vnni with { Profile = "x64-avx2", EmulatedSamples = 200, EmulatedIdentical = 150, EmulatedNativeValue = 0.92, EmulatedValue = 0.91 };
        Assert.False(Assert.Single(ProfileGap.Judge(Classifier, [vnni, avx2])).Holds);
    }

    [Theory]
    [InlineData(21.8, true)]
    [InlineData(21.6, false)]
    public void Where_one_sample_is_more_than_the_limit_decibels_tell(double decibels, bool holds)
    {
        ZooRow vnni = MadeUp.Row(0.94, 3.8, 2) with { Samples = 96, SqnrDb = 23.7 };
        Assert.Equal(holds, Assert.Single(ProfileGap.Judge(Classifier, [vnni, vnni with { Profile = "x64-avx2", Value = 0.90, SqnrDb = decibels }])).Holds);
    }

    [Fact]
    public void Later_rows_replace_earlier_ones_in_their_place_and_repeated_samples_stand_apart()
    {
        ZooRow first = MadeUp.Row(0.90, 3.8, 2);
        ZooRow other = first with { Recipe = "fast" };
        ZooRow repeated = first with { RepeatedSamples = 900 };
        Assert.Equal([first with { Value = 0.91 }, other, repeated], RowFiles.Merge([first, other, repeated, first with { Value = 0.91 }]));
    }

    [Fact]
    public void The_page_says_plainly_what_is_missed()
    {
        ZooEntry entry = MadeUp.Entry(MetricKind.Top1, ("u8s8", 0.9, 3.8, 2.2));
        string page = AccuracyPage.Render([entry], [MadeUp.Row(0.9, 3.0, 2.2)]);
        Assert.Contains("| [The front is covered](#the-front-is-covered) | 0 | 1 | 0 |", page, StringComparison.Ordinal);
        Assert.Contains("| net | u8s8: 90.00 %, 3.80× smaller, 2.20× fast | **missed** | none; nearest is auto, balanced: 3.00× smaller where 3.69× is needed |", page, StringComparison.Ordinal);
        Assert.Equal(page, AccuracyPage.Render([entry], [MadeUp.Row(0.9, 3.0, 2.2)]));
    }
}
