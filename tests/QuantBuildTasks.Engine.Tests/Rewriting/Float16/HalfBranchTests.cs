using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Float16;

public sealed class HalfBranchTests
{
    private static ModelBuilder Chosen() => new ModelBuilder().Input("x", "N", 4, 8, 8).Input("c", ElementType.Bool, "M").Weight("w", 4, 4, 1, 1).Node("Conv", "x w -> o").Node("If", "c -> y",
        ("then_branch", Body(b => b.Weight("w1", 4, 4, 3, 3).Node("Conv", "o w1 -> a").Node("Relu", "a -> y1").Output("y1"))),
        ("else_branch", Body(b => b.Weight("w2", 4, 4, 3, 3).Node("Conv", "x w2 -> e").Node("Sin", "e -> y2").Output("y2")))).Output("y");

    [Fact]
    public void Nodes_and_weights_in_branches_become_float16_with_conversions_at_their_borders()
    {
        BranchModel half = BranchModel.Of(Chosen(), BuiltInProfiles.Cuda);

        Assert.All(["Conv_o", "Conv_a", "Relu_y1", "Conv_e"], n => Assert.Equal(NodePrecision.Float16, half.Decision(n).Precision));
        Graph[] graphs = [.. half.Model.Graph.SelfAndSubgraphs()];
        Assert.All(graphs.SelectMany(g => g.Initializers), i => Assert.Equal(ElementType.Float16, i.Type));
        Assert.All(graphs, g => Assert.Single(g.Nodes, n => n.Is("Cast")));
        Assert.Contains("chooses", half.Decision("If_y").Reason, StringComparison.Ordinal);
        Assert.InRange(half.SqnrDb(true), 50, 90);
        Assert.InRange(half.SqnrDb(false), 50, 90);
    }

    [Fact]
    public void Branch_that_no_sample_takes_stays_float32()
    {
        BranchModel half = BranchModel.Of(Chosen(), BuiltInProfiles.Cuda, conditions: true);

        Assert.Equal(Subgraph.Untaken, half.Decision("Conv_e").Reason);
        Assert.Equal(double.PositiveInfinity, half.SqnrDb(false));
        Assert.InRange(half.SqnrDb(true), 50, 90);
    }

    [Fact]
    public void Body_of_a_loop_becomes_float16_where_sizes_do_not_change()
    {
        BranchModel half = BranchModel.Of(
            new ModelBuilder().Input("x", "N", 8).Constant("turns", Tensor.Scalar(3L)).Constant("yes", Tensor.Scalar(true))
            .Node("Loop", "turns yes x -> last all", ("body", Body(b => b.Input("turn", ElementType.Int64).Input("on", ElementType.Bool).Input("carried", "N", 8).Node("Identity", "on -> go")
                .Weight("w", 8, 8).Node("MatMul", "x w -> p").Node("Add", "carried p -> next").Output("go", ElementType.Bool).Output("next").Output("p")))).Output("last").Output("all"),
            BuiltInProfiles.Cuda);

        Assert.Equal(NodePrecision.Float16, half.Decision("MatMul_p").Precision);
        Assert.Single(half.Model.Graph.Nodes, n => n.Is("Cast"));
        Assert.InRange(half.SqnrDb(), 50, 90);
    }
}
