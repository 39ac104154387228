using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Calibration.Trials;

namespace QuantBuildTasks.Engine.Tests.Calibration.Trials;

public sealed class RangeSearchTests
{
    private const int Samples = 64;
    private const int Known = 16;

    [Fact]
    public void The_set_with_the_least_error_is_taken() => Assert.Equal(2, Run([1, 2, 3], (s, _) => s == 2 ? 1 : 2));

    [Fact]
    public void The_first_set_stays_where_no_other_is_clearly_better() => Assert.Equal(1, Run([1, 2], (s, _) => s == 1 ? 1 : 0.9));

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.95, 1)]
    [InlineData(2, 1)]
    public void Samples_that_no_set_was_made_from_must_confirm_what_the_others_say(double errorOnOthers, int expected) =>
        Assert.Equal(expected, Run([1, 2], (s, i) => s == 1 ? 1 : i < Known ? 0.1 : errorOnOthers));

    [Fact]
    public void Nothing_confirms_where_sets_were_made_from_all_samples() =>
        Assert.Equal(2, Number(RangeSearch.Run([Set(1), Set(2)], s => Of(i => Number(s) == 1 ? 1 : 0.5), Samples)));

    [Fact]
    public void Set_that_is_a_little_worse_on_the_first_samples_can_be_the_best() => Assert.Equal(3, Run([1, 2, 3], (s, i) => s switch { 1 => 1, 2 => 0.8, _ => i < Known ? 1.1 : 0.5 }));

    [Fact]
    public void Of_sets_that_are_equally_good_the_first_is_taken() => Assert.Equal(2, Run([1, 2, 3], (s, _) => s == 1 ? 1 : 0.5));

    [Fact]
    public void Set_without_error_stays() => Assert.Equal(1, Run([1, 2], (_, _) => 0));

    [Theory]
    [InlineData(3, 4)]
    [InlineData(1.6, 16)]
    [InlineData(1.3, 32)]
    [InlineData(1.1, 64)]
    public void Set_runs_on_the_fewer_samples_the_further_it_is_behind(double error, int expected)
    {
        var ran = new Dictionary<int, int>();

        IReadOnlyDictionary<string, TrialRange> best = RangeSearch.Run(
            [Set(1), Set(2), Set(3)],
            s => Of(i => Number(s) switch { 1 => 5, 2 => error, _ => 1 }, some => ran[Number(s)] = ran.GetValueOrDefault(Number(s)) + some),
            Known);

        // The first one, to compare with, runs on all, however bad it is; and none twice on a sample.
        Assert.Equal(3, Number(best));
        Assert.Equal([Samples, expected, Samples], ran.OrderBy(r => r.Key).Select(r => r.Value));
    }

    [Fact]
    public void Error_of_samples_is_their_noise_by_their_signal_for_each_result()
    {
        (double, double)[][] energies = [[(1, 4), (3, 0)], [(2, 2), (1, 10)], [(0, 0), (0, 0)], [(4, 1), (0, 10)]];
        var error = new SampledError(energies.Length, (from, to) => energies.Take(to).Skip(from));

        Assert.Equal((3 / 6.0) + (4 / 10.0), error.Between(0, 3), 1e-12);
        Assert.Equal((6 / 3.0) + (1 / 20.0), error.Between(1, 4), 1e-12);
        Assert.Equal((7 / 7.0) + (4 / 20.0), error.Whole, 1e-12);
    }

    [Theory]
    [InlineData(13, 4)]
    [InlineData(6.5, 16)]
    [InlineData(5.5, 32)]
    [InlineData(4.9, 64)]
    public void Set_that_is_unlike_to_become_better_than_the_first_runs_on_fewer_samples(double error, int expected)
    {
        int ran = 0;

        RangeSearch.Run([Set(1), Set(2)], s => Of(i => Number(s) == 1 ? 5 : error, some => ran += Number(s) == 2 ? some : 0), Known);

        Assert.Equal(expected, ran);
    }

    private static int Run(int[] sets, Func<int, int, double> error) => Number(RangeSearch.Run([.. sets.Select(Set)], s => Of(i => error(Number(s), i)), Known));

    private static SampledError Of(Func<int, double> error, Action<int>? ran = null) => new(Samples, (from, to) =>
    {
        ran?.Invoke(to - from);
        return Enumerable.Range(from, to - from).Select(i => new[] { (error(i), 1.0) });
    });

    private static Dictionary<string, TrialRange> Set(int number) => new() { ["x"] = new TrialRange(new ValueRange(0, number), number, 0) };

    private static int Number(IReadOnlyDictionary<string, TrialRange> set) => (int)set["x"].Scale;
}
