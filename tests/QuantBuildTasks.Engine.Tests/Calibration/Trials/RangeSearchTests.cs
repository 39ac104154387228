using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Trials;

namespace QuantBuildTasks.Engine.Tests.Calibration.Trials;

public sealed class RangeSearchTests
{
    private static readonly string[] Values = ["a", "b", "c", "d"];

    [Fact]
    public void The_set_with_the_least_error_is_taken() => Assert.Equal("2222", Run(0, s => s == "2222" ? 1 : 2, "1111", "2222", "3333"));

    [Fact]
    public void The_first_set_stays_where_no_other_is_clearly_better() => Assert.Equal("1111", Run(0, s => s == "1111" ? 1 : 0.99, "1111", "2222"));

    [Fact]
    public void Blocks_mix_sets() =>
        Assert.Equal("1122", Run(2, s => 1 + s.Zip("1122").Count(p => p.First != p.Second), "1111", "2222"));

    [Fact]
    public void A_block_changes_only_for_a_clear_gain() => Assert.Equal("1111", Run(4, s => 1 - (0.01 * s.Count(c => c == '2')) + (s == "2222" ? 1 : 0), "1111", "2222"));

    [Fact]
    public void Errors_are_asked_for_a_bounded_number_of_times()
    {
        int asked = 0;
        Run(2, s => { asked++; return 1; }, "1111", "2222", "3333", "4444");

        // Four sets, then two blocks with two rivals each; other samples are asked of changes alone.
        Assert.Equal(8, asked);
    }

    [Theory]
    [InlineData("1122", "1122")]
    [InlineData("2222", "2222")]
    [InlineData("1111", "1111")]
    public void Other_samples_decide_between_the_mixture_the_set_and_the_first(string bestOnOthers, string expected) =>
        Assert.Equal(expected, Text(RangeSearch.Run(
            [Set("1111"), Set("2222")],
            Values,
            2,
            2,
            s => 1,
            s => Text(s) is "1122" ? 1 : Text(s) is "2222" ? 2 : 4,
            s => Text(s) == bestOnOthers ? 1 : 2)));

    [Fact]
    public void A_first_look_on_few_samples_leaves_four_rivals()
    {
        var (looked, measured) = (new List<string>(), new List<string>());
        string best = Text(RangeSearch.Run(
            [.. "12345678".Select(c => Set(new string(c, 4)))],
            Values,
            0,
            2,
            s => { looked.Add(Text(s)); return -s["a"].Scale; },
            s => { measured.Add(Text(s)); return s["a"].Scale; },
            null));

        // Eight look best first, five are measured with the first set, which then turns out to be the best.
        Assert.Equal(["2222", "3333", "4444", "5555", "6666", "7777", "8888"], looked.Order());
        Assert.Equal(["1111", "5555", "6666", "7777", "8888"], measured.Order());
        Assert.Equal("1111", best);
    }

    private static string Run(int blocks, Func<string, double> error, params string[] sets) =>
        Text(RangeSearch.Run([.. sets.Select(Set)], Values, blocks, 2, s => error(Text(s)), s => error(Text(s)), s => error(Text(s))));

    private static Dictionary<string, TrialRange> Set(string text) => Values.Zip(text).ToDictionary(p => p.First, p => new TrialRange(new ValueRange(0, p.Second - '0'), p.Second - '0', 0));

    private static string Text(IReadOnlyDictionary<string, TrialRange> set) => string.Concat(Values.Select(v => (int)set[v].Scale));
}
