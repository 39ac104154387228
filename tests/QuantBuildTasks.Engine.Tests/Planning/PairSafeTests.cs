using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Planning;

public class PairSafeTests
{
    [Fact]
    public void Convolution_sums_position_by_position_and_there_channel_by_channel()
    {
        // w[output, channel, position] = 100·output + 10·channel + position
        float[] weight = [.. from o in Enumerable.Range(0, 2) from c in Enumerable.Range(0, 3) from p in Enumerable.Range(0, 2) select (100f * o) + (10 * c) + p];
        ReductionOrder order = ReductionOrder.OfConv(Tensor.Of(weight, 2, 3, 1, 2));
        var ordered = new float[order.Length];

        order.Read<float>(weight, 1, 0, ordered);

        Assert.Equal([100, 110, 120, 101, 111, 121], ordered);
    }

    [Fact]
    public void Matrix_sums_row_by_row()
    {
        float[] weight = [0, 1, 10, 11, 20, 21];
        var ordered = new float[3];
        ReductionOrder.OfMatrix(Tensor.Of(weight, 3, 2)).Read<float>(weight, 1, 0, ordered);
        Assert.Equal([1, 11, 21], ordered);

        ReductionOrder.OfMatrix(Tensor.Of(weight, 2, 3), transposed: true).Read<float>(weight, 1, 0, ordered);
        Assert.Equal([11, 20, 21], ordered);

        float[] stack = [.. weight, .. weight.Select(w => w + 100)];
        ReductionOrder.OfMatrix(Tensor.Of(stack, 2, 3, 2)).Read<float>(stack, 0, 1, ordered);
        Assert.Equal([100, 110, 120], ordered);
    }

    [Theory]
    [InlineData(new float[] { 127, -127, 127, 0 }, 1f)]
    [InlineData(new float[] { 127, 127, 0, 0 }, 2f)]
    [InlineData(new float[] { -127, -63.5f, 1, 1 }, 1.5f)]
    [InlineData(new float[] { 0, 127, 127, 0 }, 1f)]
    [InlineData(new float[] { 0, 0, 0, 0 }, 0f)]
    public void Scale_follows_the_greatest_pair_of_one_sign(float[] column, float scale)
    {
        Tensor weight = Tensor.Of(column, 4, 1);

        Assert.Equal([scale], PairSafeScales.Of(weight, ReductionOrder.OfMatrix(weight)));
    }

    [Fact]
    public void No_pair_of_rounded_weights_can_exceed_int16_with_the_greatest_activation() =>
        Gen.Select(Gen.Float[-10, 10].Array[1, 33], Gen.Float[1e-6f, 1e6f]).Sample((values, factor) =>
        {
            Tensor weight = Tensor.Of(Array.ConvertAll(values, v => v * factor), values.Length, 1);
            float[] scales = WeightScales.Complete(PairSafeScales.Of(weight, ReductionOrder.OfMatrix(weight)), [], 1);
            ReadOnlySpan<sbyte> integers = LinearQuantizer.Quantize(weight, new WeightFormat("n", 1, ElementType.Int8, scales, 0, 1)).Span<sbyte>();
            for (int k = 0; k < integers.Length; k += 2)
            {
                int second = k + 1 < integers.Length ? integers[k + 1] : 0;
                Assert.True(255 * (Math.Max((int)integers[k], 0) + Math.Max(second, 0)) <= short.MaxValue);
                Assert.True(255 * (Math.Min((int)integers[k], 0) + Math.Min(second, 0)) >= short.MinValue);
            }
        });
}
