using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class TransposedWeightTests
{
    [Fact]
    public void A_table_that_is_a_transposed_weight_too_is_read_by_Gemm_as_it_lies()
    {
        OnnxModel model = PassCheck.Rewrite(new TransposedWeightToGemm(), Tied().Node("MatMul", "x t -> y").Output("y").Output("row").Build());

        Assert.Equal(["Gather", "Gemm"], PassCheck.Operators(model));
        Assert.Same(model.Graph.Nodes[0].Input(0), model.Graph.Nodes[1].Input(1));
    }

    [Fact]
    public void The_transposed_table_stays_where_something_else_reads_it() =>
        Assert.Equal(["Gather", "Transpose", "Gemm", "Neg"], PassCheck.Operators(PassCheck.Rewrite(
            new TransposedWeightToGemm(),
            Tied().Node("MatMul", "x t -> y").Node("Neg", "t -> n").Output("y").Output("row").Output("n").Build())));

    [Fact]
    public void It_happens_in_a_branch()
    {
        OnnxModel model = Tied().Input("flag", ElementType.Bool)
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("MatMul", "x t -> m").Output("m"))), ("else_branch", Body(b => b.Node("Gather", "w ids -> g").Output("g"))))
            .Output("y").Output("row").Build();

        Assert.Equal(["Gemm"], PassCheck.Rewrite(new TransposedWeightToGemm(), model).Graph.Nodes[^1].Subgraphs.First().Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void An_activation_with_more_axes_keeps_MatMul() =>
        Assert.Contains("matrix", Assert.Single(PassCheck.Decline(new TransposedWeightToGemm(), Tied().Input("deep", 2, 3, 6).Node("MatMul", "deep t -> y").Output("y").Output("row").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_node_that_the_user_keeps_stays() =>
        Assert.Contains("kept", Assert.Single(PassCheck.Decline(
            new TransposedWeightToGemm { IsKept = n => n.OpType == "MatMul" },
            Tied().Node("MatMul", "x t -> y").Output("y").Output("row").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_computed_matrix_is_no_weight() =>
        Assert.Empty(PassCheck.Decline(new TransposedWeightToGemm(), new ModelBuilder().Input("x", 2, 6).Input("w", 9, 6).Node("Transpose", "w -> t").Node("MatMul", "x t -> y").Output("y").Build()));

    [Fact]
    public void A_large_tied_table_is_stored_once_after_all_passes()
    {
        OnnxModel model = new ModelBuilder().Input("ids", ElementType.Int64, "N").Weight("w", 600, 64).Weight("b", 600)
            .Node("Gather", "w ids -> e").Node("Tanh", "e -> h").Node("Transpose", "w -> t").Node("MatMul", "h t -> m").Node("Add", "m b -> y").Output("y").Build();

        OnnxModel prepared = new Preparer(new OrtInference()).Run(model).Model;

        Assert.Equal(["Gather", "Tanh", "Gemm"], PassCheck.Operators(prepared));
        Assert.Equal("w", Assert.Single(prepared.Graph.Initializers, i => i.Shape!.Rank == 2).Name);
    }

    private static ModelBuilder Tied() => new ModelBuilder().Input("x", "N", 6).Constant("ids", Tensor.Vector(0L, 2)).Weight("w", 9, 6)
        .Node("Gather", "w ids -> row").Node("Transpose", "w -> t", ("perm", Ints(1, 0)));
}
