using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Calibration.Trials;

namespace QuantBuildTasks.Engine.Tests.Calibration.Trials;

public sealed class RangeSearchTests
{
    [Fact]
    public void The_set_with_the_least_error_is_taken() => Assert.Equal(2, Run([1, 2, 3], s => s == 2 ? 1 : 2, null));

    [Fact]
    public void The_first_set_stays_where_no_other_is_clearly_better() => Assert.Equal(1, Run([1, 2], s => s == 1 ? 1 : 0.99, null));

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.99, 1)]
    [InlineData(2, 1)]
    public void Other_samples_must_confirm_what_some_say(double errorOnOthers, int expected) =>
        Assert.Equal(expected, Run([1, 2], s => s == 1 ? 1 : 0.1, s => s == 1 ? 1 : errorOnOthers));

    [Fact]
    public void A_set_is_as_good_as_on_the_samples_where_it_is_worse() =>
        Assert.Equal(3, Run([1, 2, 3], s => s switch { 1 => 1, 2 => 0.1, _ => 0.5 }, s => s switch { 1 => 1, 2 => 0.7, _ => 0.6 }));

    [Fact]
    public void Other_samples_are_not_asked_for_a_set_that_is_worse_already() => Assert.Equal(
        2,
        Run([1, 2, 3], s => s switch { 1 => 1, 2 => 0.1, _ => 0.5 }, s => s switch { 1 => 1, 2 => 0.4, _ => throw new InvalidOperationException("Asked.") }));

    [Fact]
    public void Of_sets_that_are_equally_good_the_first_is_taken() => Assert.Equal(2, Run([1, 2, 3], s => s == 1 ? 1 : 0.5, s => s == 1 ? 1 : 0.5));

    [Fact]
    public void Other_samples_are_asked_for_nothing_where_no_set_is_better() => Assert.Equal(1, Run([1, 2], s => 1, _ => throw new InvalidOperationException("Asked.")));

    private static int Run(int[] sets, Func<int, double> error, Func<int, double>? check) =>
        Text(RangeSearch.Run([.. sets.Select(Set)], s => error(Text(s)), check is null ? null : s => check(Text(s))));

    private static Dictionary<string, TrialRange> Set(int number) => new() { ["x"] = new TrialRange(new ValueRange(0, number), number, 0) };

    private static int Text(IReadOnlyDictionary<string, TrialRange> set) => (int)set["x"].Scale;
}
