using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class OpsetUpgradeTests
{
    [Theory]
    [InlineData(13, 13)]
    [InlineData(17, 13)]
    [InlineData(25, 21)]
    public void A_model_at_the_target_or_above_stays_byte_for_byte(long opset, long target)
    {
        OnnxModel model = new ModelBuilder(opset).Input("x", 2).Node("NewerThanUs", "x -> y").Output("y").Build();
        byte[] before = ModelWriter.Write(model);

        Assert.False(OpsetUpgrade.Run(model, target, UpgradeCheck.File));
        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Fact]
    public void An_operator_that_nobody_knows_is_named() => Assert.Equal(
        "ConstantFill_y is a ConstantFill, which operator set 6 of ONNX does not have, so that nobody knows its form in a newer one. "
        + "Export the model again with a newer opset_version, or give the operator a domain of its own.",
        UpgradeCheck.Refusal(new ModelBuilder(6).Input("x", 2).Node("ConstantFill", "x -> y").Output("y")));

    [Theory]
    [InlineData("Gelu", 19)]
    [InlineData("Upsample", 10)]
    [InlineData("Scatter", 11)]
    public void An_operator_of_other_versions_is_named(string op, long opset) => Assert.Contains(
        $"is a {op}, which operator set {opset} of ONNX does not have",
        UpgradeCheck.Refusal(new ModelBuilder(opset).Input("x", 2).Node(op, "x -> y").Output("y")),
        StringComparison.Ordinal);

    [Fact]
    public void An_unknown_operator_in_a_branch_is_named() => Assert.Contains(
        "is a Swirl",
        UpgradeCheck.Refusal(new ModelBuilder(12).Input("x", 2).Input("c", ElementType.Bool)
            .Node("If", "c -> y", ("then_branch", Body(b => b.Node("Swirl", "x -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e")))).Output("y")),
        StringComparison.Ordinal);

    [Fact]
    public void Other_domains_keep_their_version_and_their_nodes()
    {
        OnnxModel model = new ModelBuilder(11).Input("x", 2, 3, 4).Node("com.microsoft", "Softmax", "x -> y", [("axis", 1)]).Output("y").Build();

        Assert.True(OpsetUpgrade.Run(model, 21, UpgradeCheck.File));

        Assert.Equal((21L, 1L), (model.Opsets[""], model.Opsets["com.microsoft"]));
        Assert.Equal(("com.microsoft", "Softmax"), (Assert.Single(model.Graph.Nodes).Domain, model.Graph.Nodes[0].OpType));
    }

    [Fact]
    public void The_long_name_of_ONNX_s_own_domain_means_the_same()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 2, 3, 4).Node("ai.onnx", "Softmax", "x -> y", []).Output("y");
        builder.Build().Opsets.Remove("");
        builder.Build().Opsets["ai.onnx"] = 12;

        Assert.Equal(["Flatten", "Shape", "Softmax", "Reshape"], PassCheck.Operators(UpgradeCheck.Upgrade(builder)));
    }

    [Theory]
    [InlineData(13, 7)]
    [InlineData(17, 8)]
    [InlineData(21, 10)]
    [InlineData(23, 11)]
    public void The_file_format_rises_with_the_operators_and_its_defaulted_inputs_become_constants(long target, long ir)
    {
        ModelBuilder builder = new ModelBuilder(8).IrVersion(3).Input("x", 2).Input("w", 2);
        builder.Graph.SetInitializer(builder.Graph.Find("w")!, Tensor.Vector(2f, 3));
        OnnxModel model = builder.Node("Mul", "x w -> y").Output("y").BuildAsFile();

        OpsetUpgrade.Run(model, target, UpgradeCheck.File);

        Assert.Equal(ir, model.IrVersion);
        Assert.Equal(["x"], model.Graph.Inputs.Select(i => i.Name));
        Assert.NotNull(model.Graph.Find("w")!.Constant);
    }

    [Fact]
    public void A_newer_file_format_stays()
    {
        OnnxModel model = new ModelBuilder(12).IrVersion(12).Input("x", 2).Node("Neg", "x -> y").Output("y").Build();

        OpsetUpgrade.Run(model, 13, UpgradeCheck.File);

        Assert.Equal(12, model.IrVersion);
    }

    [Fact]
    public void The_first_files_name_no_operator_set()
    {
        OnnxModel model = new ModelBuilder(1).IrVersion(2).Input("x", 2, 2).Node("Concat", "x x -> y").Output("y").Build();
        model.Opsets.Remove("");

        OpsetUpgrade.Run(model, 13, UpgradeCheck.File);

        Assert.Equal((13L, 1L), (model.Opset, model.Graph.Nodes[0].IntAttribute("axis", 0)));
    }

    [Fact]
    public void Without_a_node_of_ONNX_itself_any_version_is_true()
    {
        OnnxModel model = new ModelBuilder(1).Input("x", 2).Node("com.microsoft", "Gelu", "x -> y", []).Output("y").Build();
        model.Opsets.Remove("");

        Assert.True(OpsetUpgrade.Run(model, 21, UpgradeCheck.File));
        Assert.Equal(21, model.Opset);
    }

    [Fact]
    public void Later_files_must_name_the_operator_set_of_their_nodes()
    {
        ModelBuilder builder = new ModelBuilder(1).Input("x", 2).Node("Neg", "x -> y").Output("y");
        builder.Build().Opsets.Remove("");

        Assert.Contains("does not say of which operator set", UpgradeCheck.Refusal(builder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    public void A_target_outside_of_what_is_known_is_a_defect_of_the_caller(long target) => Assert.Throws<ArgumentOutOfRangeException>(
        () => OpsetUpgrade.Run(new ModelBuilder(11).Input("x", 2).Output("x").Build(), target, UpgradeCheck.File));

    [Fact]
    public void A_stop_on_the_way_gives_the_same_operators()
    {
        ModelBuilder Builder() => new ModelBuilder(8).Input("x", 1, 2, 4, 4).Node("Upsample", "x -> u", ("scales", Floats(1, 1, 2, 2))).Node("Softmax", "u -> s")
            .Node("ReduceMax", "s -> y", ("axes", Ints(2, 3))).Output("y");
        OnnxModel atOnce = UpgradeCheck.Same(Builder());
        OnnxModel stopped = UpgradeCheck.Same(Builder(), target: 13);
        OpsetUpgrade.Run(stopped, 21, UpgradeCheck.File);

        Assert.Equal(PassCheck.Operators(atOnce), PassCheck.Operators(stopped));
    }

    [Fact]
    public void An_attribute_of_the_wrong_kind_is_refused() => Assert.Contains(
        "its attribute 'axes' is no list of integers",
        UpgradeCheck.Refusal(new ModelBuilder(12).Input("x", 1, 2).Node("Squeeze", "x -> y", ("axes", 0)).Output("y")),
        StringComparison.Ordinal);
}
