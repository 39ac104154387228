using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class SoftmaxAxisTests
{
    private static readonly string[] AsMatrix = ["Flatten", "Shape", "Softmax", "Reshape"];

    public static TheoryData<string, int> OperatorsAndAxes =>
        [.. from op in new[] { "Softmax", "LogSoftmax", "Hardmax" } from axis in Enumerable.Range(-3, 6) select (op, axis)];

    [Theory]
    [MemberData(nameof(OperatorsAndAxes))]
    public void Every_axis_gives_the_same_numbers(string op, int axis) =>
        UpgradeCheck.Same(new ModelBuilder(12).Input("x", 2, 3, 4).Node(op, "x -> y", ("axis", axis)).Output("y"));

    [Fact]
    public void The_old_default_is_dimension_1()
    {
        OnnxModel upgraded = UpgradeCheck.Same(new ModelBuilder(12).Input("x", 2, 3).Node("Softmax", "x -> y").Output("y"));

        Assert.Equal(1, Assert.Single(upgraded.Graph.Nodes).IntAttribute("axis", 0));
    }

    [Fact]
    public void Dimensions_of_1_behind_the_axis_need_no_matrix() =>
        Assert.Single(UpgradeCheck.Same(new ModelBuilder(12).Input("x", 2, 5, 1, 1).Node("Softmax", "x -> y").Output("y")).Graph.Nodes);

    [Fact]
    public void Symbolic_sizes_go_through_the_matrix()
    {
        OnnxModel upgraded = UpgradeCheck.Same(new ModelBuilder(12).Input("x", "N", 3, "W").Node("Softmax", "x -> y").Output("y"));

        Assert.Equal(AsMatrix, PassCheck.Operators(upgraded));
    }

    [Fact]
    public void An_inner_value_of_unknown_rank_goes_through_the_matrix()
    {
        OnnxModel upgraded = UpgradeCheck.Same(
            new ModelBuilder(12).Input("x", 2, 3).Input("z", 2, 3).Node("Add", "x z -> a").Node("Softmax", "a -> y", ("axis", 0)).Output("y"));

        Assert.Equal(["Add", .. AsMatrix], PassCheck.Operators(upgraded));
    }

    [Fact]
    public void Behind_Gemm_the_rank_is_known() => Assert.Equal(
        ["Gemm", "Relu", "Softmax"],
        PassCheck.Operators(UpgradeCheck.Same(
            new ModelBuilder(12).Input("x", 2, 3).Weight("w", 3, 4).Node("Gemm", "x w -> g").Node("Relu", "g -> r").Node("Softmax", "r -> y").Output("y"))));

    [Fact]
    public void The_name_of_a_graph_output_stays_and_new_names_are_fresh()
    {
        OnnxModel upgraded = UpgradeCheck.Same(
            new ModelBuilder(12).Input("x", 2, 3, 4).Input("y_matrix", 2).Node("Softmax", "x -> y").Node("Neg", "y_matrix -> z").Output("y").Output("z"));

        Assert.Equal(["y", "z"], upgraded.Graph.Outputs.Select(o => o.Name));
        Assert.Equal(upgraded.Graph.Values.Count, upgraded.Graph.Values.Select(v => v.Name).Distinct().Count());
    }

    [Fact]
    public void A_branch_is_upgraded_like_the_main_graph()
    {
        OnnxModel upgraded = UpgradeCheck.Same(new ModelBuilder(12).Input("x", 2, 3, 4).Input("choice", ElementType.Bool)
            .Node(
                "If",
                "choice -> y",
                ("then_branch", Body(b => b.Node("Softmax", "x -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("ReduceSum", "x -> e", ("axes", Ints(0)), ("keepdims", 1)).Output("e"))))
            .Output("y"));

        Graph[] branches = [.. upgraded.Graph.Nodes[0].Subgraphs];
        Assert.Equal(AsMatrix, branches[0].Nodes.Select(n => n.OpType));
        Assert.Equal([0L], branches[1].Nodes[0].Input(1)!.Constant!.Span<long>().ToArray());
    }
}
