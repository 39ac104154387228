using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class MatMulAddToGemmTests
{
    [Theory]
    [InlineData("m b -> y")]
    [InlineData("b m -> y")]
    [InlineData("m row -> y")]
    [InlineData("m one -> y")]
    public void Product_plus_bias_becomes_Gemm_with_a_vector_as_bias(string edges)
    {
        Node gemm = Assert.Single(PassCheck.Rewrite(new MatMulAddToGemm(), Product("N", 5).Node("Add", edges).Output("y").Build()).Graph.Nodes);

        Assert.Equal("Gemm", gemm.OpType);
        Assert.Equal("MatMul_m", gemm.Name);
        Assert.Equal([4L], gemm.Input(2)!.Constant!.Dims);
    }

    [Fact]
    public void It_happens_in_a_branch()
    {
        OnnxModel model = new ModelBuilder().Input("flag", ElementType.Bool).Input("a", 2, 5).Weight("w", 5, 4).Weight("b", 4)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", ModelBuilder.Body(t => t.Node("MatMul", "a w -> m").Node("Add", "m b -> t").Output("t"))),
                ("else_branch", ModelBuilder.Body(t => t.Node("MatMul", "a w -> e").Output("e"))))
            .Output("y").Build();

        Assert.Equal("Gemm", PassCheck.Rewrite(new MatMulAddToGemm(), model).Graph.Nodes[0].Subgraphs.First().Nodes.Single().OpType);
    }

    [Theory]
    [InlineData("m wide -> y")]
    [InlineData("m deep -> y")]
    [InlineData("m m -> y")]
    public void A_bias_of_other_sizes_stays(string edges) =>
        PassCheck.Decline(new MatMulAddToGemm(), Product(1, 5).Node("Add", edges).Output("y").Build());

    [Fact]
    public void Three_axes_stay() =>
        Assert.Contains("not known to be a matrix", Assert.Single(PassCheck.Decline(new MatMulAddToGemm(), Product("N", 3, 5).Node("Add", "m b -> y").Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void Two_activations_stay()
    {
        OnnxModel model = new ModelBuilder().Input("a", 2, 5).Input("c", 5, 4).Weight("b", 4).Node("MatMul", "a c -> m").Node("Add", "m b -> y").Output("y").Build();

        Assert.Single(PassCheck.Decline(new MatMulAddToGemm(), model));
    }

    [Fact]
    public void A_product_that_is_a_graph_output_stays() =>
        Assert.Single(PassCheck.Decline(new MatMulAddToGemm(), Product("N", 5).Node("Add", "m b -> y").Output("y").Output("m").Build()));

    private static ModelBuilder Product(params Dimension[] dims) => new ModelBuilder().Input("a", dims)
        .Weight("w", 5, 4).Weight("b", 4).Weight("row", 1, 4).Weight("one", 1).Weight("wide", 3, 4).Weight("deep", 1, 1, 4)
        .Node("MatMul", "a w -> m");
}
