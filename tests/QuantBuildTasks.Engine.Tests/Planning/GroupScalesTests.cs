using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class GroupScalesTests
{
    [Fact]
    public void Groups_lie_along_the_named_axes()
    {
        Tensor weight = Tensor.Of(new float[] { 127, 1, 254, 2, 508, 4, 1016, 8 }, 2, 2, 2);

        Assert.Equal([1f, 2, 4, 8], GroupScales.Of(weight, new GroupAxes(0, 1))!.Scales);
        Assert.Equal(2, GroupScales.Of(weight, new GroupAxes(2, 2))!.Scales.Count);
        Assert.Single(GroupScales.Of(weight, new GroupAxes(0, -1))!.Scales);
    }

    [Fact]
    public void Outlier_is_clipped_where_all_others_gain_more_than_it_loses()
    {
        // The plain scale 2/127 leaves 0.021658; of 20,001 scales between 0.005 and 0.03 the best is 0.01559, which leaves 0.019520.
        float[] values = [2, .. Enumerable.Range(0, 1000).Select(i => (float)Math.Sin(i * 1.7))];

        GroupScales found = GroupScales.Of(Tensor.Vector(values), new GroupAxes(0, -1))!;

        Assert.InRange(found.Error, 0.0195, 0.0216);
    }

    [Fact]
    public void Few_weights_get_a_scale_that_meets_most_of_them()
    {
        // The plain scale 0.9/127 leaves 3.43e-5; the best of all float16 scales from 0.0070 to 0.0091 is 0.0083999634, which leaves 1.6646e-5.
        Tensor weight = Tensor.Vector(0.9f, -0.31f, 0.27f, 0.64f, -0.05f, 0.11f, 0.48f, -0.72f, 0.2f);

        GroupScales found = GroupScales.Of(weight, new GroupAxes(0, -1))!;

        Assert.InRange(found.Error, 1.664e-5, 1.9e-5);
    }

    [Fact]
    public void Scales_are_float16_where_that_holds_them_exactly_and_float32_where_they_are_too_small_or_too_large()
    {
        Assert.All(GroupScales.Of(Tensor.Vector(0.37f, -0.11f), new GroupAxes(0, -1))!.Scales, s => Assert.Equal(s, (float)(Half)s));
        Assert.Equal(ElementType.Float16, GroupScales.Of(Tensor.Vector(0.37f, -0.11f), new GroupAxes(0, -1))!.Type);
        Assert.Equal(ElementType.Float32, GroupScales.Of(Tensor.Vector(1e-3f, -1e-4f), new GroupAxes(0, -1))!.Type);
        Assert.Equal(ElementType.Float32, GroupScales.Of(Tensor.Vector(1e8f, 1f), new GroupAxes(0, -1))!.Type);
    }

    [Fact]
    public void Zeros_get_a_normal_scale_and_leave_no_error()
    {
        (IReadOnlyList<float> scales, _, double error) = GroupScales.Of(Tensor.Vector(0f, 0, 0), new GroupAxes(0, -1))!;

        Assert.Equal([1f], scales);
        Assert.Equal(0, error);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Number_that_is_not_finite_has_no_scale(float value) => Assert.Null(GroupScales.Of(Tensor.Vector(1f, value), new GroupAxes(0, -1)));

    [Fact]
    public void Error_is_never_larger_than_that_of_the_largest_weight_at_127() =>
        Gen.Float[-3, 3].Array[2, 200].Sample(values =>
        {
            double plain = values.Max(Math.Abs) / 127.0;
            double expected = values.Sum(v => plain == 0 ? 0 : Math.Pow(v - (Math.Round(v / plain, MidpointRounding.ToEven) * plain), 2));

            // The scale itself is rounded to eleven bits, which moves the largest weight by as much; and no scale is below the least normal number.
            const double LeastScale = 1.17549435e-38;
            double rounding = values.Length * (Math.Pow(values.Max(Math.Abs) / 2048, 2) + Math.Pow(LeastScale, 2));
            Assert.True(GroupScales.Of(Tensor.Vector(values), new GroupAxes(0, -1))!.Error <= expected + rounding);
        });
}
