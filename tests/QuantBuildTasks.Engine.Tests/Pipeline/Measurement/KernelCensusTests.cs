using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Tests.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Measurement;

public sealed class KernelCensusTests
{
    /// <summary>Bottlenecks: 1×1 out, depthwise 3×3 with hard-swish by its parts, squeeze and excite, 1×1 back, residual.</summary>
    private static ModelBuilder MobileNet() => new ModelBuilder().Input("x", "N", 4, 8, 8)
        .Weight("w1", 16, 4, 1, 1).Weight("b1", 16).Node("Conv", "x w1 b1 -> a").Node("Relu", "a -> ar")
        .Weight("w2", 16, 1, 3, 3).Weight("b2", 16).Node("Conv", "ar w2 b2 -> d", ("group", 16), ("pads", Ints(1, 1, 1, 1)))
        .Node("Sigmoid", "d -> ds").Node("Mul", "d ds -> silu")
        .Node("GlobalAveragePool", "silu -> g")
        .Weight("w3", 4, 16, 1, 1).Node("Conv", "g w3 -> s").Node("Relu", "s -> sr")
        .Weight("w4", 16, 4, 1, 1).Node("Conv", "sr w4 -> e").Node("HardSigmoid", "e -> gate")
        .Node("Mul", "silu gate -> excited")
        .Weight("w5", 4, 16, 1, 1).Weight("b5", 4).Node("Conv", "excited w5 b5 -> p").Node("Add", "p x -> r")
        .Node("GlobalAveragePool", "r -> q").Node("Flatten", "q -> f")
        .Weight("w6", 5, 4).Weight("b6", 5).Node("Gemm", "f w6 b6 -> y", ("transB", 1)).Output("y");

    private static ModelBuilder ResNet() => new ModelBuilder().Input("x", "N", 3, 8, 8)
        .Weight("w1", 8, 3, 3, 3).Weight("b1", 8).Node("Conv", "x w1 b1 -> a", ("pads", Ints(1, 1, 1, 1))).Node("Relu", "a -> ar")
        .Weight("w2", 8, 8, 3, 3).Weight("b2", 8).Node("Conv", "ar w2 b2 -> c", ("pads", Ints(1, 1, 1, 1))).Node("Relu", "c -> cr")
        .Weight("w3", 8, 8, 3, 3).Weight("b3", 8).Node("Conv", "cr w3 b3 -> d", ("pads", Ints(1, 1, 1, 1)))
        .Node("Add", "d ar -> s").Node("Relu", "s -> sr")
        .Weight("w4", 16, 8, 1, 1).Node("Conv", "sr w4 -> short", ("strides", Ints(2, 2)))
        .Weight("w5", 16, 8, 3, 3).Node("Conv", "sr w5 -> long", ("strides", Ints(2, 2)), ("pads", Ints(1, 1, 1, 1)))
        .Node("Add", "short long -> t").Node("Relu", "t -> tr")
        .Node("GlobalAveragePool", "tr -> g").Node("Flatten", "g -> f")
        .Weight("w6", 5, 16).Weight("b6", 5).Node("Gemm", "f w6 b6 -> y", ("transB", 1)).Output("y");

    public static TheoryData<string> Models => ["mobilenet", "resnet"];

    [Theory]
    [MemberData(nameof(Models))]
    public void What_is_planned_as_integers_becomes_integer_kernels_and_no_weight_is_left_to_dequantize(string model)
    {
        QuantizedModel quantized = Quantize(model);

        KernelCensus census = Census(quantized, quantized.Plan);

        Assert.Null(census.Defect);
        Assert.Equal((0, 0), (census.UnfusedWeights, census.LeftFloat.Count));
        Assert.Equal(quantized.Plan.IntegerShare, census.IntegerShare, 1e-12);
        Assert.Equal(1, census.IntegerShare, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Node_that_is_kept_float_is_as_planned_and_lowers_the_share(string model)
    {
        QuantizedModel quantized = Quantize(model, n => n.Name == "Gemm_y" ? "asked for" : null);

        KernelCensus census = Census(quantized, quantized.Plan);

        Assert.Null(census.Defect);
        Assert.Equal(quantized.Plan.IntegerShare, census.IntegerShare, 1e-12);
        Assert.InRange(census.IntegerShare, 0.5, 0.9999);
    }

    [Fact]
    public void Plan_that_the_runtime_does_not_follow_is_a_defect_and_does_not_count()
    {
        // The plan is of the whole, the file keeps one node float.
        QuantizationPlan plan = Quantize("resnet").Plan;
        QuantizedModel kept = Quantize("resnet", n => n.Name == "Gemm_y" ? "asked for" : null);

        KernelCensus census = Census(kept, plan);

        Assert.Equal(["Gemm_y"], census.LeftFloat);
        Assert.Contains("Gemm_y", census.Defect, StringComparison.Ordinal);
        Assert.True(census.IntegerShare < plan.IntegerShare);
    }

    [Fact]
    public void Weight_that_is_dequantized_at_every_inference_is_counted()
    {
        // Sub has no integer kernel: its constant is dequantized whenever the model runs.
        OnnxModel model = new ModelBuilder().Input("x", "N", 4)
            .Constant("q", Tensor.Vector<sbyte>(1, 2, 3, 4)).Constant("scale", Tensor.Scalar(0.5f)).Constant("zero", Tensor.Scalar<sbyte>(0))
            .Node("DequantizeLinear", "q scale zero -> w").Node("Sub", "x w -> y").Output("y").Build();

        KernelCensus census = KernelCensus.Of(new OrtInference(), ModelWriter.Write(model), Quantize("resnet").Plan);

        Assert.Equal(1, census.UnfusedWeights);
        Assert.NotNull(census.Defect);
    }

    private static QuantizedModel Quantize(string model, Func<Node, string?>? keepFloat = null) =>
        QuantizedModel.Of(model == "resnet" ? ResNet() : MobileNet(), keepFloat);

    private static KernelCensus Census(QuantizedModel quantized, QuantizationPlan plan) => KernelCensus.Of(new OrtInference(), quantized.Bytes, plan);
}
