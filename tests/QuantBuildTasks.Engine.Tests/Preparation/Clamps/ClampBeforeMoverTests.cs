using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Clamps;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Clamps;

public sealed class ClampBeforeMoverTests
{
    [Fact]
    public void A_clamp_passes_a_pool_with_padding()
    {
        OnnxModel model = Conv().Node("MaxPool", "c -> p", ("kernel_shape", Ints(3, 3)), ("strides", Ints(2, 2)), ("pads", Ints(1, 1, 1, 1))).Node("Relu", "p -> y").Output("y").Build();

        Assert.Equal(["Conv", "Relu", "MaxPool"], PassCheck.Operators(PassCheck.Rewrite(new ClampBeforeMover(), model)));
    }

    [Fact]
    public void A_clamp_passes_several_movers_and_keeps_its_limits_and_name()
    {
        OnnxModel model = Conv().Constant("low", Tensor.Scalar(-0.25f)).Constant("high", Tensor.Scalar(0.5f))
            .Node("MaxPool", "c -> p", ("kernel_shape", Ints(2, 2))).Node("Transpose", "p -> t", ("perm", Ints(0, 2, 3, 1))).Node("Flatten", "t -> f")
            .Node("Clip", "f low high -> y").Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new ClampBeforeMover(), model);

        Assert.Equal(["Conv", "Clip", "MaxPool", "Transpose", "Flatten"], PassCheck.Operators(rewritten));
        Assert.Equal("Clip_y", rewritten.Graph.Nodes[1].Name);
    }

    [Fact]
    public void A_shared_limit_and_a_subgraph_are_no_obstacle()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3, 8, 8).Input("flag", ElementType.Bool).Weight("w", 4, 3, 3, 3).Constant("low", Tensor.Scalar(0.125f))
            .Node("If", "flag -> y",
                ("then_branch", Body(b => b.Node("Conv", "x w -> c").Node("MaxPool", "c -> p", ("kernel_shape", Ints(2, 2))).Node("Clip", "p low -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Conv", "x w -> d").Node("MaxPool", "d -> q", ("kernel_shape", Ints(2, 2))).Node("Clip", "q low -> u").Output("u"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new ClampBeforeMover(), model);

        Assert.All(rewritten.Graph.Nodes[0].Subgraphs, g => Assert.Equal(["Conv", "Clip", "MaxPool"], g.Nodes.Select(n => n.OpType)));
    }

    [Fact]
    public void It_stays_where_something_else_reads_on_the_way()
    {
        ModelBuilder Pool() => Conv().Node("MaxPool", "c -> p", ("kernel_shape", Ints(2, 2))).Node("Relu", "p -> y").Output("y");

        Assert.Contains("'c'", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), Pool().Output("c").Build())), StringComparison.Ordinal);
        Assert.Contains("'p'", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), Pool().Output("p").Build())), StringComparison.Ordinal);
        Assert.Contains("'c'", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), Pool().Node("Neg", "c -> n").Output("n").Build())), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_behind_a_pool_whose_indices_are_read_or_whose_windows_may_be_empty()
    {
        Assert.Contains("indices", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), Conv().Node("MaxPool", "c -> p i", ("kernel_shape", Ints(2, 2))).Node("Relu", "p -> y").Output("y").Output("i", ElementType.Int64).Build())), StringComparison.Ordinal);
        Assert.Contains("padding", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), Conv().Node("MaxPool", "c -> p", ("kernel_shape", Ints(2, 2)), ("ceil_mode", 1), ("pads", Ints(0, 0, 1, 1)), ("strides", Ints(2, 2))).Node("Relu", "p -> y").Output("y").Build())), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_where_its_limits_are_computed()
    {
        OnnxModel model = Conv().Input("limit").Node("MaxPool", "c -> p", ("kernel_shape", Ints(2, 2))).Node("Clip", "p limit -> y").Output("y").Build();

        Assert.Contains("limits", Assert.Single(PassCheck.Decline(new ClampBeforeMover(), model)), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_where_nothing_could_take_it_in() =>
        Assert.Empty(PassCheck.Decline(new ClampBeforeMover(), new ModelBuilder().Input("x", "N", 3, 8, 8).Node("MaxPool", "x -> p", ("kernel_shape", Ints(2, 2))).Node("Relu", "p -> y").Output("y").Build()));

    private static ModelBuilder Conv() => new ModelBuilder().Input("x", "N", 3, 8, 8).Weight("w", 4, 3, 3, 3).Node("Conv", "x w -> c");
}
