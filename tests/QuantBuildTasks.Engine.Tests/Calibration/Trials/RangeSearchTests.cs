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

    [Fact]
    public void Set_that_is_worse_on_the_first_samples_is_not_run_on_the_others()
    {
        var ran = new Dictionary<int, int>();

        IReadOnlyDictionary<string, TrialRange> best = RangeSearch.Run(
            [Set(1), Set(2), Set(3)],
            s => Of(Errors(Text(s)), count => ran[Text(s)] = ran.GetValueOrDefault(Text(s)) + count),
            s => Of(Enumerable.Repeat(Text(s) == 3 ? 0.5 : 1, Samples), count => ran[Text(s)] += count));

        // One of four samples says that 2 is worse, whatever the others would say; the first set and 3 are run on all, and each sample once.
        Assert.Equal(3, Text(best));
        Assert.Equal([2 * Samples, Samples / 4, 2 * Samples], ran.OrderBy(r => r.Key).Select(r => r.Value));

        static IEnumerable<double> Errors(int set) => Enumerable.Range(0, Samples).Select(i => set == 2 ? i < Samples / 4 ? 2 : 0 : set == 3 ? 0.5 : 1.0);
    }

    [Fact]
    public void Error_of_samples_is_their_noise_by_their_signal_for_each_result()
    {
        (double, double)[][] energies = [[(1, 4), (3, 0)], [(2, 2), (1, 10)], [(0, 0), (0, 0)], [(0, 0), (0, 0)], [(4, 1), (0, 10)]];
        var error = new SampledError(energies.Length, (from, to) => energies.Take(to).Skip(from));

        // Four samples at least are a part.
        Assert.Equal((3 / 6.0) + (4 / 10.0), error.OnOneOf(5), 1e-12);
        Assert.Equal((7 / 7.0) + (4 / 20.0), error.Whole, 1e-12);
    }

    private static int Run(int[] sets, Func<int, double> error, Func<int, double>? check) =>
        Text(RangeSearch.Run([.. sets.Select(Set)], s => Alike(error(Text(s))), check is null ? null : s => Alike(check(Text(s)))));

    private const int Samples = 16;

    private static SampledError Alike(double error) => Of(Enumerable.Repeat(error, Samples));

    private static SampledError Of(IEnumerable<double> errors, Action<int>? ran = null) => new(Samples, (from, to) =>
    {
        ran?.Invoke(to - from);
        return errors.Take(to).Skip(from).Select(e => new[] { (e, 1.0) });
    });

    private static Dictionary<string, TrialRange> Set(int number) => new() { ["x"] = new TrialRange(new ValueRange(0, number), number, 0) };

    private static int Text(IReadOnlyDictionary<string, TrialRange> set) => (int)set["x"].Scale;
}
