using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Channels;

namespace QuantBuildTasks.Engine.Tests.Calibration.Channels;

/// <summary>The kernel against a scalar oracle that adds number i to lane i mod 8, bit for bit.</summary>
public sealed class ChannelKernelTests
{
    [Fact]
    public void Kernel_equals_the_scalar_definition_for_any_length() =>
        Gen.Float[-1e10f, 1e10f].Array[0, 40].Sample(values => Assert.Equal(Scalar(values), ChannelKernel.Sum(values)));

    [Theory]
    [InlineData(new[] { -0f, float.Epsilon, -float.Epsilon })]
    [InlineData(new[] { float.MaxValue, float.MinValue, 1f, 1f, 1f, 1f, 1f, 1f, 2f })]
    [InlineData(new[] { float.PositiveInfinity, 1f, 2f, 3f, 4f, 5f, 6f, float.NegativeInfinity })]
    public void Extremes_are_kept(float[] values) => Assert.Equal(Scalar(values), ChannelKernel.Sum(values));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    public void Not_a_number_anywhere_shows(int place)
    {
        var values = new float[9];
        values[place] = float.NaN;

        (float min, float max, double sum, double squares) = ChannelKernel.Sum(values);

        Assert.True(float.IsNaN(min) && float.IsNaN(max) && double.IsNaN(sum) && double.IsNaN(squares));
    }

    private static (float Min, float Max, double Sum, double Squares) Scalar(float[] values)
    {
        var sums = new double[8];
        var squares = new double[8];
        for (int i = 0; i < values.Length; i++)
        {
            sums[i % 8] += values[i];
            squares[i % 8] += (double)values[i] * values[i];
        }

        return (values.Append(float.PositiveInfinity).Min(), values.Append(float.NegativeInfinity).Max(), Total(sums), Total(squares));

        static double Total(double[] lanes) => lanes.Aggregate(0.0, (sum, lane) => sum + lane);
    }
}
