using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class SumToAddTests
{
    private static readonly SumToAdd Pass = new();

    private static ModelBuilder Three() => new ModelBuilder().Input("a", "N", 4, 5).Input("b", "N", 4, 5).Input("c", "N", 4, 5);

    [Fact]
    public void Sum_of_two_is_an_addition_of_the_same_name()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Three().Node("Sum", "a b -> y").Output("y").Build());

        Assert.Equal([("Add", "Sum_y")], model.Graph.Nodes.Select(n => (n.OpType, n.Name)));
    }

    [Fact]
    public void Two_may_differ_in_sizes() => Assert.Equal(
        ["Add"],
        PassCheck.Operators(PassCheck.Rewrite(Pass, Three().Weight("w", 4, 1).Node("Sum", "a w -> y").Output("y").Build())));

    [Fact]
    public void Sum_of_three_is_two_additions_in_the_order_of_the_inputs()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Three().Node("Sum", "a b c -> y").Output("y").Build());

        Assert.Equal(["Add", "Add"], PassCheck.Operators(model));
        Assert.Equal(["a", "b"], model.Graph.Nodes[0].Inputs.Select(i => i!.Name));
        Assert.Equal("c", model.Graph.Nodes[1].Input(1)!.Name);
    }

    [Fact]
    public void Sum_in_a_branch_is_found()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Three().Input("is", ElementType.Bool).Node(
            "If",
            "is -> y",
            ("then_branch", Body(t => t.Node("Sum", "a b -> t").Output("t"))),
            ("else_branch", Body(e => e.Node("Neg", "c -> e").Output("e")))).Output("y").Build());

        Assert.DoesNotContain(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Is("Sum"));
    }

    [Fact]
    public void Three_that_are_not_alike_stay() => Assert.Equal(
        ["its inputs are not known to be alike"],
        PassCheck.Decline(Pass, Three().Weight("w", 4, 1).Node("Sum", "a w b -> y").Output("y").Build()));

    [Fact]
    public void Node_that_the_user_names_and_sum_of_one_stay()
    {
        Assert.Equal(["it is to be kept as it is"], PassCheck.Decline(new SumToAdd { IsKept = n => n.Name == "Sum_y" }, Three().Node("Sum", "a b -> y").Output("y").Build()));
        Assert.Empty(PassCheck.Decline(Pass, Three().Node("Sum", "a -> y").Output("y").Build()));
    }
}
