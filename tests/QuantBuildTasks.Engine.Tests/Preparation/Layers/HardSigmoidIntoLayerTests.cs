using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class HardSigmoidIntoLayerTests
{
    private static readonly HardSigmoidIntoLayer Pass = new();

    private static ModelBuilder Images() => new ModelBuilder().Input("x", "N", 4, 5, 5).Weight("w", 6, 4, 3, 3).Weight("b", 6);

    [Fact]
    public void Gate_behind_a_convolution_is_its_clipped_result()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Images().Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> y", ("alpha", 1 / 6f)).Output("y").Build());

        Assert.Equal(["Conv", "Clip"], PassCheck.Operators(model));
        Assert.Equal("HardSigmoid_y", model.Graph.Nodes[1].Name);
    }

    [Fact]
    public void Layer_without_bias_gets_one() => Assert.Equal(
        ["Conv", "Clip"],
        PassCheck.Operators(PassCheck.Rewrite(Pass, Images().Node("Conv", "x w -> c").Node("HardSigmoid", "c -> y").Output("y").Build())));

    [Theory]
    [InlineData("Gemm", 4L, 6L)]
    [InlineData("ConvTranspose", 4L, 2L, 3L, 3L)]
    public void So_is_one_behind_other_layers(string opType, params long[] weight)
    {
        ModelBuilder builder = weight.Length == 2 ? new ModelBuilder().Input("x", "N", 4) : new ModelBuilder().Input("x", "N", 4, 5, 5);

        OnnxModel model = PassCheck.Rewrite(Pass, builder.Weight("w", weight).Node(opType, "x w -> c").Node("HardSigmoid", "c -> y", ("alpha", -0.7f), ("beta", 0.3f)).Output("y").Build());

        Assert.Equal([opType, "Clip"], PassCheck.Operators(model));
    }

    [Fact]
    public void Weight_that_another_layer_reads_stays_that_layer_s()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Images().Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> y").Node("Conv", "x w b -> z").Output("y").Output("z").Build());

        Assert.Equal(["Conv", "Clip", "Conv"], PassCheck.Operators(model));
    }

    [Fact]
    public void Gate_in_a_branch_is_found()
    {
        OnnxModel model = PassCheck.Rewrite(Pass, Images().Input("c", ElementType.Bool).Node(
            "If",
            "c -> y",
            ("then_branch", Body(t => t.Node("Conv", "x w b -> t").Node("HardSigmoid", "t -> g").Output("g"))),
            ("else_branch", Body(e => e.Node("Conv", "x w b -> e").Output("e")))).Output("y").Build());

        Assert.Contains(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Is("Clip"));
    }

    [Fact]
    public void Result_that_something_else_reads_stays()
    {
        Assert.Equal(["something else reads the layer's result too"], PassCheck.Decline(Pass, Images().Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> g").Node("Mul", "c g -> y").Output("y").Build()));
        Assert.Equal(["something else reads the layer's result too"], PassCheck.Decline(Pass, Images().Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> y").Output("y").Output("c").Build()));
    }

    [Fact]
    public void Layer_whose_parameters_are_computed_stays()
    {
        Assert.Equal(["the weight of Conv_c is not a float32 constant"], PassCheck.Decline(Pass, new ModelBuilder().Input("x", "N", 4, 5, 5).Input("w", 6, 4, 3, 3).Node("Conv", "x w -> c").Node("HardSigmoid", "c -> y").Output("y").Build()));
        Assert.Equal(["the bias of Conv_c is not a float32 constant"], PassCheck.Decline(Pass, new ModelBuilder().Input("x", "N", 4, 5, 5).Weight("w", 6, 4, 3, 3).Input("b", 6).Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> y").Output("y").Build()));
    }

    [Fact]
    public void Node_that_the_user_names_stays() => Assert.Equal(
        ["it is to be kept as it is"],
        PassCheck.Decline(new HardSigmoidIntoLayer { IsKept = n => n.Name == "HardSigmoid_y" }, Images().Node("Conv", "x w b -> c").Node("HardSigmoid", "c -> y").Output("y").Build()));
}
