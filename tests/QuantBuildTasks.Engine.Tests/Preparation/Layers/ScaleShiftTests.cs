using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

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
        Assert.False(new ScaleShiftBeforeLayer().Apply(model, declines));

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

        Assert.Equal(["Conv"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model)));
    }

    [Fact]
    public void A_shift_before_a_convolution_that_pads_stays_because_of_the_border() =>
        Assert.Contains("pads", Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), BeforeConv().Node("Add", "x k -> m").Node("Conv", "m w b -> y", ("group", 2), ("pads", Ints(0, 0, 1, 0))).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_shift_before_a_convolution_with_auto_pad_stays() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), BeforeConv().Node("Add", "x k -> m").Node("Conv", "m w b -> y", ("group", 2), ("auto_pad", "SAME_UPPER")).Output("y").Build()));

    [Fact]
    public void A_constant_that_broadcasts_the_channels_stays()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 1, 6, 6).Weight("k", 1, 4, 1, 1).Weight("w", 2, 4, 3, 3)
            .Node("Mul", "x k -> m").Node("Conv", "m w -> y").Output("y").Build();

        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), model));
    }

    [Fact]
    public void Two_readers_of_the_scaled_tensor_keep_it() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), BeforeConv().Node("Mul", "x k -> m").Node("Conv", "m w b -> y", ("group", 2)).Node("Relu", "m -> r").Output("y").Output("r").Build()));

    [Theory]
    [InlineData("Conv", 1)]
    [InlineData("Conv", 2)]
    public void BatchNormalization_before_a_convolution_without_padding_moves_into_it(string opType, int group)
    {
        OnnxModel model = Normalized().Weight("w", 6, 4 / group, 3, 3).Weight("b", 6).Node(opType, "n w b -> y", ("group", group)).Output("y").Build();

        Assert.Equal(["Conv"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model)));
    }

    [Fact]
    public void BatchNormalization_before_a_convolution_follows_the_formula()
    {
        // s = 3/√(3+1) = 1.5, t = 0.5 − 1.5·1 = −1; W' = 2·1.5 = 3; b' = 4 + 2·(−1) = 2.
        OnnxModel model = new ModelBuilder().Input("x", 1, 1, 1)
            .Constant("gamma", Tensor.Vector(3f)).Constant("beta", Tensor.Vector(0.5f)).Constant("mean", Tensor.Vector(1f)).Constant("var", Tensor.Vector(3f))
            .Constant("w", Tensor.Of([2f], 1, 1, 1)).Constant("b", Tensor.Vector(4f))
            .Node("BatchNormalization", "x gamma beta mean var -> n", ("epsilon", 1f)).Node("Conv", "n w b -> y").Output("y").Build();

        Node conv = PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model).Graph.Nodes.Single();

        Assert.Equal(3f, conv.Input(1)!.Constant!.Span<float>()[0]);
        Assert.Equal(2f, conv.Input(2)!.Constant!.Span<float>()[0]);
    }

    [Fact]
    public void BatchNormalization_before_a_convolution_that_pads_stays() =>
        Assert.Contains("pads", Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), Normalized().Weight("w", 6, 4, 3, 3).Node("Conv", "n w -> y", ("pads", Ints(1, 1, 1, 1))).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void BatchNormalization_without_a_shift_moves_into_a_convolution_that_pads()
    {
        OnnxModel model = Normalized().Weight("w", 6, 4, 3, 3).Node("Conv", "n w -> y", ("pads", Ints(1, 1, 1, 1))).Output("y").Build();
        foreach (string name in new[] { "beta", "mean" })
        {
            model.Graph.SetInitializer(model.Graph.Find(name)!, Tensor.Vector(new float[4]));
        }

        Assert.Equal(["Conv"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model)));
    }

    [Theory]
    [InlineData(0, 0.5f, 2f)]
    [InlineData(1, 2f, 0.5f)]
    public void It_moves_into_Gemm_with_its_factors(int transB, float alpha, float beta)
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 4).Weight("gamma", 4).Weight("beta", 4).Weight("mean", 4).PositiveWeight("var", 4)
            .Weight("w", transB == 1 ? [5, 4] : [4, 5]).Weight("b", 5)
            .Node("BatchNormalization", "x gamma beta mean var -> n").Node("Gemm", "n w b -> y", ("transB", transB), ("alpha", alpha), ("beta", beta)).Output("y").Build();

        Assert.Equal(["Gemm"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model)));
    }

    [Fact]
    public void A_transposed_activation_stays()
    {
        OnnxModel model = new ModelBuilder().Input("x", 4, 4).Weight("k", 4).Weight("w", 4, 5)
            .Node("Mul", "x k -> m").Node("Gemm", "m w -> y", ("transA", 1)).Output("y").Build();

        Assert.Contains("transposed", Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), model)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_scale_moves_into_a_transposed_convolution_behind_it(int group)
    {
        OnnxModel model = BeforeConv().Weight("tw", 4, 6 / group, 3, 3).Node("Mul", "x k -> m").Node("ConvTranspose", "m tw b -> y", ("group", group)).Output("y").Build();

        Assert.Equal(["ConvTranspose"], PassCheck.Operators(PassCheck.Rewrite(new ScaleShiftBeforeLayer(), model)));
    }

    [Fact]
    public void A_shift_before_a_transposed_convolution_stays() =>
        Assert.Single(PassCheck.Decline(new ScaleShiftBeforeLayer(), BeforeConv().Weight("tw", 4, 6, 3, 3).Node("Add", "x k -> m").Node("ConvTranspose", "m tw b -> y").Output("y").Build()));

    [Fact]
    public void A_weight_that_another_convolution_reads_stays_as_it_is_for_that_one()
    {
        OnnxModel model = PassCheck.Rewrite(new ScaleShiftAfterLayer(), new ModelBuilder().Input("x", "N", 3, 6, 6).Weight("w", 4, 3, 3, 3).Weight("k", 4, 1, 1)
            .Node("Conv", "x w -> c").Node("Mul", "c k -> y").Node("Conv", "x w -> z").Output("y").Output("z").Build());

        Assert.NotSame(model.Graph.Nodes[0].Input(1), model.Graph.Nodes[1].Input(1));
    }

    [Fact]
    public void It_happens_in_a_branch_whose_weight_lies_outside()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 3, 6, 6).Input("flag", ElementType.Bool).Weight("w", 4, 3, 3, 3).Weight("k", 4, 1, 1)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Conv", "x w -> c").Node("Mul", "c k -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Conv", "x w -> e").Output("e"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new ScaleShiftAfterLayer(), model);

        Assert.Equal(["Conv"], rewritten.Graph.Nodes[0].Subgraphs.First().Nodes.Select(n => n.OpType));
    }

    private static ModelBuilder Normalized() => new ModelBuilder().Input("x", "N", 4, 6, 6)
        .Weight("gamma", 4).Weight("beta", 4).Weight("mean", 4).PositiveWeight("var", 4)
        .Node("BatchNormalization", "x gamma beta mean var -> n");

    private static ModelBuilder AfterConv() => new ModelBuilder().Input("x", "N", 3, 6, 6)
        .Weight("w", 4, 3, 3, 3).Weight("b", 4)
        .PositiveWeight("k", 4, 1, 1).PositiveWeight("row", 1, 4, 1, 1).PositiveWeight("last", 4).PositiveWeight("deep", 1, 1, 4, 1, 1).Constant("scalar", Tensor.Scalar(0.25f))
        .Node("Conv", "x w b -> c");

    private static ModelBuilder BeforeConv() => new ModelBuilder().Input("x", "N", 4, 6, 6)
        .Weight("w", 6, 2, 3, 3).Weight("b", 6).PositiveWeight("k", 4, 1, 1).Constant("scalar", Tensor.Scalar(0.25f));
}
