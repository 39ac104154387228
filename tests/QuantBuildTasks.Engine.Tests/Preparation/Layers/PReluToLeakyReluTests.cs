using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class PReluToLeakyReluTests
{
    private static readonly PReluToLeakyRelu Pass = new();

    private static ModelBuilder Images(Tensor slopes) => new ModelBuilder().Input("x", "N", 2, 3, 3).Constant("s", slopes);

    [Fact]
    public void One_slope_is_that_of_a_LeakyRelu()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Images(Tensor.Scalar(0.1f)).Node("PRelu", "x s -> y").Output("y").Build());

        Node node = Assert.Single(model.Graph.Nodes);
        Assert.Equal(("LeakyRelu", 0.1f, "PRelu_y"), (node.OpType, node.FloatAttribute("alpha", 0), node.Name));
    }

    [Theory]
    [InlineData(-0.5f)]
    [InlineData(1.5f)]
    public void Equal_slopes_are_one(float slope) => Assert.Equal(
        ["LeakyRelu"],
        PassCheck.Operators(PassCheck.Rewrite(Pass, Images(Tensor.Of(new[] { slope, slope }, 2, 1, 1)).Node("PRelu", "x s -> y").Output("y").Build())));

    [Fact]
    public void Node_in_a_branch_is_found()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Images(Tensor.Vector(0.25f)).Input("is", ElementType.Bool).Node(
            "If",
            "is -> y",
            ("then_branch", Body(t => t.Node("PRelu", "x s -> t").Output("t"))),
            ("else_branch", Body(e => e.Node("Neg", "x -> e").Output("e")))).Output("y").Build());

        Assert.Contains(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Is("LeakyRelu"));
    }

    [Fact]
    public void Slopes_that_differ_or_are_computed_stay()
    {
        Assert.Single(PassCheck.Decline(Pass, Images(Tensor.Of(new[] { 0.1f, 0.2f }, 2, 1, 1)).Node("PRelu", "x s -> y").Output("y").Build()));
        Assert.Single(PassCheck.Decline(Pass, new ModelBuilder().Input("x", "N", 2, 3, 3).Input("s", 2, 1, 1).Node("PRelu", "x s -> y").Output("y").Build()));
    }

    [Fact]
    public void Node_that_the_user_names_stays() => Assert.Equal(
        ["it is to be kept as it is"],
        PassCheck.Decline(new PReluToLeakyRelu { IsKept = n => n.Name == "PRelu_y" }, Images(Tensor.Scalar(0.1f)).Node("PRelu", "x s -> y").Output("y").Build()));
}
