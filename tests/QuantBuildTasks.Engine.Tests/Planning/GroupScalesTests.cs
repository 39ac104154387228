using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class GroupScalesTests
{
    [Fact]
    public void Groups_lie_along_the_named_axes()
    {
        Tensor weight = Tensor.Of(new float[] { 127, 254, 12.7f, 25.4f }, 2, 2);

        Assert.Equal([2f, 0.2f], GroupScales.Of(weight, new GroupAxes(0, 0))!.Value.Scales);
        Assert.Equal([1f, 2f, 0.1f, 0.2f], GroupScales.Of(weight, new GroupAxes(0, 1))!.Value.Scales);
        Assert.Equal(2, GroupScales.Of(weight, new GroupAxes(0, -1))!.Value.Scales[0], 1e-6);
    }

    [Fact]
    public void Outlier_is_clipped_where_all_others_gain_more_than_it_loses()
    {
        // 1,000 numbers at 25.4 / 127 · (k + ½) of the coarse grid, which round worst, beside one outlier.
        float[] values = [25.4f, .. Enumerable.Range(0, 1000).Select(i => 0.2f * ((i % 20) + 0.5f))];

        float scale = GroupScales.Of(Tensor.Vector(values), new GroupAxes(0, -1))!.Value.Scales[0];

        Assert.True(scale < 0.2f * 0.99f);
    }

    [Fact]
    public void Zeros_get_a_normal_scale_and_leave_no_error()
    {
        (float[] scales, double error) = GroupScales.Of(Tensor.Vector(0f, 0, 0), new GroupAxes(0, -1))!.Value;

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

            Assert.True(GroupScales.Of(Tensor.Vector(values), new GroupAxes(0, -1))!.Value.Error <= (expected * 1.001) + 1e-9);
        });
}
