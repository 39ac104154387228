using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed class ScaleShiftTests
{
    [Theory]
    [InlineData("Mul", "c k -> y")]
    [InlineData("Mul", "k c -> y")]
    [InlineData("Div", "c k -> y")]
    [InlineData("Add", "c k -> y")]
    [InlineData("Sub", "c k -> y")]
    [InlineData("Sub", "k c -> y")]
    [InlineData("Mul", "c scalar -> y")]
    [InlineData("Add", "c row -> y")]
    public void Arithmetic_with_one_number_for_each_channel_moves_into_the_convolution_before_it(string opType, string edges)
    {
        OnnxModel model = AfterConv().Node(opType, edges).Output("y").Build();

        Assert.Equal(["Conv"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftAfterLayer(), model)));
    }

    [Fact]
    public void It_moves_into_Gemm()
    {
        OnnxModel model = new ModelBuilder().Input("a", "N", 5).Weight("w", 4, 5).Weight("b", 4).Weight("k", 4)
            .Node("Gemm", "a w b -> g", ("transB", 1), ("beta", 2f)).Node("Mul", "g k -> y").Output("y").Build();

        Assert.Equal(["Gemm"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftAfterLayer(), model)));
    }

    [Theory]
    [InlineData("Div", "k c -> y")]
    [InlineData("Mul", "c last -> y")]
    [InlineData("Mul", "c deep -> y")]
    [InlineData("Mul", "c c -> y")]
    public void What_is_not_one_number_for_each_channel_stays(string opType, string edges) =>
        PassCheck.Decline(new ScaleShiftAfterLayer(), AfterConv().Node(opType, edges).Output("y").Build());

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_convolution_whose_bias_does_not_fit_is_left_alone(int length)
    {
        OnnxModel model = BeforeConv().Constant("odd", Random("odd", length)).Node("Add", "x k -> m").Node("Conv", "m w odd -> y", ("group", 2)).Output("y").Build();
        var declines = new List<Decline>();

        // ONNX Runtime refuses such a model; the pass alone must come through.
        Assert.False(new ScaleShiftBeforeConv().Apply(model, declines));

        Assert.Contains("bias", Assert.Single(declines).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_where_something_else_reads_the_layer() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftAfterLayer(), AfterConv().Node("Mul", "c k -> y").Output("y").Output("c").Build()));

    [Fact]
    public void It_stays_where_a_weight_would_overflow() =>
        Assert.Contains("range", Assert.Single(PassCheck.Decline(new ScaleShiftAfterLayer(), AfterConv().Constant("huge", Tensor.Scalar(float.MaxValue)).Constant("tiny", Tensor.Scalar(0f)).Node("Div", "c tiny -> y").Output("y").Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData("Mul", "x k -> m", 1)]
    [InlineData("Div", "x k -> m", 1)]
    [InlineData("Mul", "k x -> m", 0)]
    [InlineData("Add", "x k -> m", 0)]
    [InlineData("Sub", "k x -> m", 0)]
    [InlineData("Sub", "x scalar -> m", 0)]
    public void Arithmetic_before_a_convolution_moves_into_it(string opType, string edges, int pad)
    {
        OnnxModel model = BeforeConv().Node(opType, edges).Node("Conv", "m w b -> y", ("group", 2), ("pads", Ints(pad, pad, pad, pad))).Output("y").Build();

        Assert.Equal(["Conv"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeConv(), model)));
    }

    [Fact]
    public void A_shift_before_a_convolution_that_pads_stays_because_of_the_border() =>
        Assert.Contains("pads", Assert.Single(PassCheck.Decline(new ScaleShiftBeforeConv(), BeforeConv().Node("Add", "x k -> m").Node("Conv", "m w b -> y", ("group", 2), ("pads", Ints(0, 0, 1, 0))).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_shift_before_a_convolution_with_auto_pad_stays() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeConv(), BeforeConv().Node("Add", "x k -> m").Node("Conv", "m w b -> y", ("group", 2), ("auto_pad", "SAME_UPPER")).Output("y").Build()));

    [Fact]
    public void A_constant_that_broadcasts_the_channels_stays()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 1, 6, 6).Weight("k", 1, 4, 1, 1).Weight("w", 2, 4, 3, 3)
            .Node("Mul", "x k -> m").Node("Conv", "m w -> y").Output("y").Build();

        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeConv(), model));
    }

    [Fact]
    public void Two_readers_of_the_scaled_tensor_keep_it() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeConv(), BeforeConv().Node("Mul", "x k -> m").Node("Conv", "m w b -> y", ("group", 2)).Node("Relu", "m -> r").Output("y").Output("r").Build()));

    private static ModelBuilder AfterConv() => new ModelBuilder().Input("x", "N", 3, 6, 6)
        .Weight("w", 4, 3, 3, 3).Weight("b", 4)
        .PositiveWeight("k", 4, 1, 1).PositiveWeight("row", 1, 4, 1, 1).PositiveWeight("last", 4).PositiveWeight("deep", 1, 1, 4, 1, 1).Constant("scalar", Tensor.Scalar(0.25f))
        .Node("Conv", "x w b -> c");

    private static ModelBuilder BeforeConv() => new ModelBuilder().Input("x", "N", 4, 6, 6)
        .Weight("w", 6, 2, 3, 3).Weight("b", 6).PositiveWeight("k", 4, 1, 1).Constant("scalar", Tensor.Scalar(0.25f));
}
