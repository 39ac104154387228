using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Planning;

public class FormatTests
{
    private static readonly Gen<double> Ends = Gen.Double[-1e6, 1e6];

    [Theory]
    [InlineData(0, 2.55, 0.01f, 0)]
    [InlineData(-1.28, 1.27, 0.01f, 128)]
    [InlineData(-2.55, 0, 0.01f, 255)]
    [InlineData(1, 2.55, 0.01f, 0)]
    [InlineData(0, 0, 1f, 0)]
    public void Unsigned_format_covers_the_range_and_zero(double min, double max, float scale, int zeroPoint)
    {
        (float actualScale, int actualZeroPoint) = AffineFormat.Of(min, max, ElementType.UInt8);

        Assert.Equal(scale, actualScale, 1e-9f);
        Assert.Equal(zeroPoint, actualZeroPoint);
    }

    [Fact]
    public void Every_number_in_the_range_is_at_most_one_step_off() => Gen.Select(Ends, Ends, Gen.Double[0, 1]).Sample((a, b, t) =>
    {
        (double min, double max) = (Math.Min(a, b), Math.Max(a, b));
        (float scale, int zeroPoint) = AffineFormat.Of(min, max, ElementType.UInt8);
        double x = min + ((max - min) * t);
        double q = Math.Clamp(Math.Round(x / scale) + zeroPoint, 0, 255);

        Assert.InRange(zeroPoint, 0, 255);
        Assert.True(float.IsNormal(scale));
        Assert.True(Math.Abs(((q - zeroPoint) * scale) - x) <= scale * 1.0001, $"{x} in [{min}, {max}]");
    });

    [Fact]
    public void Tiny_ranges_get_a_normal_scale() => Assert.True(float.IsNormal(AffineFormat.Of(0, 1e-44, ElementType.UInt8).Scale));

    [Fact]
    public void A_reduced_range_leaves_integers_of_64_at_most() =>
        Gen.Select(Gen.Float[-10, 10].Array[1, 33], Gen.Float[1e-6f, 1e6f]).Sample((values, factor) =>
        {
            Tensor weight = Tensor.Of(Array.ConvertAll(values, v => v * factor), values.Length, 1);
            float[] scales = WeightScales.Complete(WeightScales.PerChannel(weight, 1, WeightScales.LargestReduced)!, [], 1);
            ReadOnlySpan<sbyte> integers = LinearQuantizer.Quantize(weight, new WeightFormat("n", 1, ElementType.Int8, scales, 0, 1)).Span<sbyte>();

            foreach (sbyte integer in integers)
            {
                Assert.InRange(integer, -64, 64);
            }
        });

    [Fact]
    public void Weight_scales_follow_the_greatest_weight_of_each_channel()
    {
        Tensor weight = Tensor.Of(new float[] { 1, -127, 0, 0, 254, 3 }, 3, 2);

        Assert.Equal([1f, 0f, 2f], WeightScales.PerChannel(weight, 0)!);
        Assert.Equal([2f, 1f], WeightScales.PerChannel(weight, 1)!);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_no_numbers_have_no_scale(float bad) =>
        Assert.Null(WeightScales.PerChannel(Tensor.Of(new[] { 1, bad }, 1, 2), 0));

    [Fact]
    public void Scale_is_raised_until_a_large_bias_fits_into_its_integers()
    {
        float[] complete = WeightScales.Complete([1e-6f, 1e-6f], [1e5f, 0.01f], 1e-4f);

        Assert.True(1e5 / (complete[0] * 1e-4) < int.MaxValue);
        Assert.Equal(1e-6f, complete[1]);
    }

    [Fact]
    public void Channel_of_zeros_gets_a_scale_in_which_its_bias_is_fine()
    {
        float[] scales = WeightScales.PerChannel(Tensor.Of(new float[] { 0, 0, 127, 1 }, 2, 2), 0)!;

        float[] complete = WeightScales.Complete(scales, [0.4f, 0.4f], 1f);

        Assert.InRange(0.4 - (Math.Round(0.4 / complete[0]) * complete[0]), -1e-6, 1e-6);
        Assert.Equal(1f, complete[1]);
        Assert.Equal([1f, 1f], WeightScales.Complete(scales, [], 1f));
    }
}
