using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Rewriting.Float16;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Float16;

public sealed class HalfTensorTests
{
    [Fact]
    public void Every_float_becomes_the_nearest_float16_with_ties_to_even_and_no_finite_one_becomes_infinite() =>
        Gen.Float.Where(float.IsFinite).Sample(value => Assert.Equal(Expected(value), (float)HalfTensor.Round(value)), iter: 100_000);

    [Fact]
    public void Every_number_in_the_range_of_weights_becomes_the_nearest_float16() =>
        Gen.Float[-70_000, 70_000].Sample(value => Assert.Equal(Expected(value), (float)HalfTensor.Round(value)), iter: 100_000);

    [Theory]
    [InlineData(65504f, 65504f)]
    [InlineData(65519.996f, 65504f)]
    [InlineData(65520f, 65504f)]
    [InlineData(-1e30f, -65504f)]
    [InlineData(float.MaxValue, 65504f)]
    [InlineData(5.9604645e-8f, 5.9604645e-8f)]
    [InlineData(2.9802322e-8f, 0f)]
    [InlineData(2.9802326e-8f, 5.9604645e-8f)]
    [InlineData(2049f, 2048f)]
    [InlineData(2051f, 2052f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    public void Edges_of_the_range(float value, float expected) => Assert.Equal(expected, (float)HalfTensor.Round(value));

    [Fact]
    public void NaN_stays_NaN_and_the_sign_of_zero_stays()
    {
        Assert.True(Half.IsNaN(HalfTensor.Round(float.NaN)));
        Assert.True(Half.IsNegative(HalfTensor.Round(-0f)));
        Assert.True(Half.IsNegative(HalfTensor.Round(-1e-30f)));
    }

    [Fact]
    public void A_tensor_keeps_its_sizes()
    {
        Tensor half = HalfTensor.Of(Tensor.Of([1f, -2f, 0.1f, 1e9f, 3f, 4f], 2, 3));

        Assert.Equal("Float16[2, 3]", half.ToString());
        Assert.Equal([(Half)1, (Half)(-2), (Half)0.0999755859375, Half.MaxValue, (Half)3, (Half)4], half.Span<Half>().ToArray());
        Assert.Equal("Float16[0]", HalfTensor.Of(Tensor.Of<float>([], 0)).ToString());
    }

    /// <summary>From the definition: 11 significant bits down to 2⁻¹⁴, below that multiples of 2⁻²⁴.</summary>
    private static float Expected(float value)
    {
        double magnitude = Math.Abs((double)value);
        int exponent = magnitude == 0 ? -14 : Math.Max(-14, (int)Math.Floor(Math.Log2(magnitude)));
        double unit = Math.ScaleB(1, exponent - 10);
        double rounded = Math.Min(Math.Round(magnitude / unit, MidpointRounding.ToEven) * unit, 65504);
        return (float)Math.CopySign(rounded, value);
    }
}
