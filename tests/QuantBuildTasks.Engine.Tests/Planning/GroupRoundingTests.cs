using CsCheck;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class GroupRoundingTests
{
    [Fact]
    public void Weights_are_turned_while_that_lowers_squares_and_shift_together()
    {
        // Errors −0.4 each: 0.64 + 1.75·1.6² = 5.12; with one turned 0.84 + 1.75·0.6² = 1.47, with two 1.04 + 1.75·0.4² = 1.32, with three 4.67.
        Assert.Equal([1, 1, 0, 0], Round([0.4f, 0.4f, 0.4f, 0.4f], 1.75));
    }

    [Fact]
    public void Without_a_shift_to_avoid_each_weight_goes_to_the_nearest() => Assert.Equal([0, 0, 0, 0], Round([0.4f, 0.4f, 0.4f, 0.4f], 0));

    [Fact]
    public void Weight_nearest_to_the_middle_is_turned_first() => Assert.Equal([0, 1, 0, 0], Round([0.3f, 0.45f, 0.3f, 0.1f], 1.75));

    [Fact]
    public void Largest_integer_is_never_left() => Assert.Equal([-127, 127, 127], Round([-200, 127.4f, 127.4f], 1.75));

    [Fact]
    public void Noise_and_shift_are_never_more_than_by_rounding_to_nearest_and_no_weight_moves_by_more_than_a_step() =>
        Gen.Select(Gen.Float[-120, 120].Array[1, 100], Gen.Double[0, 4]).Sample((weights, shift) =>
        {
            int[] rounded = Round(weights, shift);

            Assert.All(weights.Zip(rounded), p => Assert.True(Math.Abs(p.First - p.Second) <= 1));
            Assert.True(Cost(weights, rounded, shift) <= Cost(weights, [.. weights.Select(w => (int)Math.Round(w, MidpointRounding.ToEven))], shift) + 1e-9);
        });

    private static double Cost(float[] weights, int[] integers, double shift)
    {
        double[] errors = [.. weights.Zip(integers, (w, q) => q - (double)w)];
        return errors.Sum(e => e * e) + (shift * Math.Pow(errors.Sum(), 2));
    }

    private static int[] Round(float[] weights, double shift)
    {
        var integers = new sbyte[weights.Length];
        GroupRounding.Round(weights, 1, shift, integers);
        return [.. integers.Select(i => (int)i)];
    }
}
