using CsCheck;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

public class LinearQuantizerTests
{
    [Fact]
    public void Integers_are_those_of_onnx_runtimes_own_operator()
    {
        using IInferenceSession session = new OrtInference().Open(
            ModelWriter.Write(new ModelBuilder().Input("x", "N").Input("s", ElementType.Float32).Input("z", ElementType.UInt8)
                .Node("QuantizeLinear", "x s z -> y").Output("y", ElementType.UInt8).Build()),
            new SessionSettings { Optimization = GraphOptimization.None });

        Gen.Select(Gen.Float[-300, 300].Array[1, 70], Gen.Float[0.001f, 3], Gen.Int[0, 255]).Sample(
            (values, scale, zeroPoint) =>
            {
                Tensor expected = session.Run(new Dictionary<string, Tensor>
                {
                    ["x"] = Tensor.Vector(values),
                    ["s"] = Tensor.Scalar(scale),
                    ["z"] = Tensor.Scalar((byte)zeroPoint),
                })[0];
                Tensor actual = LinearQuantizer.Quantize(Tensor.Vector(values), new WeightFormat("n", 1, ElementType.UInt8, [scale], zeroPoint, null));

                Assert.Equal(expected.Span<byte>().ToArray(), actual.Span<byte>().ToArray());
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void Each_channel_is_rounded_with_its_own_scale_half_to_even()
    {
        Tensor weight = Tensor.Of(new float[] { 0.5f, 1.5f, 5, -2.5f }, 2, 2);

        Tensor rows = LinearQuantizer.Quantize(weight, new WeightFormat("n", 1, ElementType.Int8, [1, 2], 0, 0));
        Tensor columns = LinearQuantizer.Quantize(weight, new WeightFormat("n", 1, ElementType.Int8, [1, 2], 0, 1));

        Assert.Equal(new sbyte[] { 0, 2, 2, -1 }, rows.Span<sbyte>().ToArray());
        Assert.Equal(new sbyte[] { 0, 1, 5, -1 }, columns.Span<sbyte>().ToArray());
    }

    [Fact]
    public void Signed_integers_are_symmetric()
    {
        Tensor weight = LinearQuantizer.Quantize(Tensor.Vector(-1000f, 1000f), new WeightFormat("n", 1, ElementType.Int8, [1], 0, null));

        Assert.Equal(new sbyte[] { -127, 127 }, weight.Span<sbyte>().ToArray());
    }

    [Fact]
    public void Bias_is_counted_in_products_of_the_scales()
    {
        (Tensor integers, float[] scales) = LinearQuantizer.QuantizeBias(Tensor.Vector(1f, -3f), 0.5f, [0.25f, 2f]);

        Assert.Equal([8, -3], integers.Span<int>().ToArray());
        Assert.Equal([0.125f, 1f], scales);
    }
}
