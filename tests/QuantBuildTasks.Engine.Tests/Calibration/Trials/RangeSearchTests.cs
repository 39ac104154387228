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

        // Four sets, then two blocks with two rivals each.
        Assert.Equal(8, asked);
    }

    private static string Run(int blocks, Func<string, double> error, params string[] sets) =>
        Text(RangeSearch.Run([.. sets.Select(Set)], Values, blocks, 2, s => error(Text(s))));

    private static Dictionary<string, TrialRange> Set(string text) => Values.Zip(text).ToDictionary(p => p.First, p => new TrialRange(new ValueRange(0, p.Second - '0'), p.Second - '0', 0));

    private static string Text(IReadOnlyDictionary<string, TrialRange> set) => string.Concat(Values.Select(v => (int)set[v].Scale));
}
