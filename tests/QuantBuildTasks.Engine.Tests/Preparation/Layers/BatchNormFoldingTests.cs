using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class BatchNormFoldingTests
{
    [Fact]
    public void BatchNormalization_moves_into_the_convolution_before_it()
    {
        OnnxModel model = PassCheck.Rewrite(new BatchNormFolding(), Normalized(b => b.Node("Conv", "x w -> c", ("pads", Ints(1, 1, 1, 1)))));

        Assert.Equal(["Conv"], PassCheck.Operators(model));
        Assert.Equal("y", model.Graph.Nodes[0].Output().Name);
    }

    [Fact]
    public void Weight_and_bias_follow_the_formula()
    {
        // s = γ/√(σ²+ε) = 3/√(3+1) = 1.5; W' = 2·1.5 = 3; b' = 1.5·(4 − 1) + 0.5 = 5.
        OnnxModel model = new ModelBuilder()
            .Input("x", 1, 1, 1)
            .Constant("w", Tensor.Of([2f], 1, 1, 1)).Constant("b", Tensor.Vector(4f))
            .Constant("gamma", Tensor.Vector(3f)).Constant("beta", Tensor.Vector(0.5f)).Constant("mean", Tensor.Vector(1f)).Constant("var", Tensor.Vector(3f))
            .Node("Conv", "x w b -> c")
            .Node("BatchNormalization", "c gamma beta mean var -> y", ("epsilon", 1f))
            .Output("y").Build();

        Node conv = PassCheck.Rewrite(new BatchNormFolding(), model).Graph.Nodes.Single();

        Assert.Equal(3f, conv.Input(1)!.Constant!.Span<float>()[0]);
        Assert.Equal(5f, conv.Input(2)!.Constant!.Span<float>()[0]);
    }

    [Fact]
    public void It_moves_into_a_convolution_with_groups_and_bias() =>
        PassCheck.Rewrite(new BatchNormFolding(), Normalized(b => b.Weight("gw", 4, 1, 3, 3).Weight("b", 4).Weight("wide", 1).Node("Conv", "x4 gw b -> c", ("group", 4))));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_moves_into_a_transposed_convolution(int group) =>
        PassCheck.Rewrite(new BatchNormFolding(), Normalized(b => b.Weight("tw", 4, 4 / group, 3, 3).Node("ConvTranspose", "x4 tw -> c", ("group", group))));

    [Theory]
    [InlineData(0, "_", 1f)]
    [InlineData(1, "_", 1f)]
    [InlineData(0, "b", 0.5f)]
    [InlineData(1, "row", 2f)]
    [InlineData(0, "one", 1f)]
    public void It_moves_into_Gemm(int transB, string bias, float beta)
    {
        OnnxModel model = Parameters(new ModelBuilder().Input("a", "N", 5))
            .Weight("w", transB == 1 ? [4, 5] : [5, 4]).Weight("b", 4).Weight("row", 1, 4).Weight("one", 1)
            .Node("Gemm", $"a w {bias} -> c", ("transB", transB), ("alpha", 0.5f), ("beta", beta))
            .Node("BatchNormalization", "c gamma beta mean var -> y")
            .Output("y").Build();

        Assert.Equal(["Gemm"], PassCheck.Operators(PassCheck.Rewrite(new BatchNormFolding(), model)));
    }

    [Fact]
    public void Behind_MatMul_the_scale_moves_into_the_weight_and_an_Add_stays()
    {
        OnnxModel model = Parameters(new ModelBuilder().Input("a", "N", 5)).Weight("w", 5, 4)
            .Node("MatMul", "a w -> c").Node("BatchNormalization", "c gamma beta mean var -> y").Output("y").Build();

        Assert.Equal(["MatMul", "Add"], PassCheck.Operators(PassCheck.Rewrite(new BatchNormFolding(), model)));
    }

    [Fact]
    public void A_weight_that_another_layer_reads_stays_as_it_is_for_that_layer()
    {
        OnnxModel model = PassCheck.Rewrite(new BatchNormFolding(), Normalized(b => b.Node("Conv", "x w -> c").Node("Conv", "x w -> other").Output("other")));

        Assert.NotSame(model.Graph.Nodes[0].Input(1), model.Graph.Nodes[1].Input(1));
    }

    [Fact]
    public void It_is_folded_in_a_branch_with_weights_from_outside()
    {
        OnnxModel model = Parameters(new ModelBuilder().Input("x", 1, 3, 6, 6).Input("flag", ElementType.Bool).Weight("w", 4, 3, 3, 3))
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Conv", "x w -> c").Node("BatchNormalization", "c gamma beta mean var -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Conv", "x w -> e").Output("e"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new BatchNormFolding(), model);

        Assert.Equal(["Conv"], rewritten.Graph.Nodes[0].Subgraphs.First().Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void It_stays_where_something_else_reads_the_layer() =>
        Assert.Contains("something else reads", Assert.Single(PassCheck.Decline(new BatchNormFolding(), Normalized(b => b.Node("Conv", "x w -> c").Node("Relu", "c -> r").Output("r")))), StringComparison.Ordinal);

    [Fact]
    public void It_stays_where_the_layer_is_a_graph_output() =>
        Assert.Single(PassCheck.Decline(new BatchNormFolding(), Normalized(b => b.Node("Conv", "x w -> c").Output("c"))));

    [Fact]
    public void It_stays_where_the_weight_is_computed() =>
        Assert.Contains("not a float32 constant", Assert.Single(PassCheck.Decline(new BatchNormFolding(), Normalized(b => b.Node("Neg", "w -> v").Node("Conv", "x v -> c")))), StringComparison.Ordinal);

    [Fact]
    public void It_stays_where_a_caller_may_replace_a_parameter()
    {
        OnnxModel model = Normalized(b => b.Node("Conv", "x w -> c"));
        model.Graph.AddInput(model.Graph.Find("mean")!);

        Assert.Contains("not float32 constants", Assert.Single(PassCheck.Decline(new BatchNormFolding(), model)), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_behind_what_has_no_weight() =>
        Assert.Contains("Relu", Assert.Single(PassCheck.Decline(new BatchNormFolding(), Normalized(b => b.Node("Relu", "x4 -> c")))), StringComparison.Ordinal);

    [Fact]
    public void It_stays_where_the_variance_gives_no_number()
    {
        OnnxModel model = Normalized(b => b.Node("Conv", "x w -> c"));
        model.Graph.SetInitializer(model.Graph.Find("var")!, Tensor.Vector(-1f, 1, 1, 1));

        Assert.Single(PassCheck.Decline(new BatchNormFolding(), model));
    }

    /// <summary>A layer from "x" [N, 3, 6, 6] or "x4" [N, 4, 6, 6] with weight "w" to "c", then BatchNormalization to "y".</summary>
    private static OnnxModel Normalized(Action<ModelBuilder> layer)
    {
        ModelBuilder builder = Parameters(new ModelBuilder().Input("x", "N", 3, 6, 6).Input("x4", "N", 4, 6, 6).Weight("w", 4, 3, 3, 3));
        layer(builder);
        return builder.Node("BatchNormalization", "c gamma beta mean var -> y").Output("y").Build();
    }

    private static ModelBuilder Parameters(ModelBuilder builder) =>
        builder.Weight("gamma", 4).Weight("beta", 4).Weight("mean", 4).PositiveWeight("var", 4);
}
