using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class MovedToInputsTests
{
    private static ModelBuilder X(long opset) => new ModelBuilder(opset).Input("x", 2, 3, 4);

    [Fact]
    public void Reshape() => UpgradeCheck.Gives(
        UpgradeCheck.Fed("x", 2, 3, 4),
        X(4).Node("Reshape", "x -> y", ("shape", Ints(4, -1)), ("consumed_inputs", Ints(0))).Output("y"));

    [Fact]
    public void Slice() => UpgradeCheck.Same(X(9).Node("Slice", "x -> y", ("starts", Ints(1, -3)), ("ends", Ints(9, -1)), ("axes", Ints(0, 2))).Output("y"));

    [Fact]
    public void Slice_without_axes() => UpgradeCheck.Same(X(9).Node("Slice", "x -> y", ("starts", Ints(0, 1)), ("ends", Ints(1, 2))).Output("y"));

    [Fact]
    public void TopK() => UpgradeCheck.Same(X(9).Node("TopK", "x -> y i", ("k", 2), ("axis", 1)).Output("y").Output("i", ElementType.Int64));

    [Fact]
    public void Squeeze_and_Unsqueeze() => UpgradeCheck.Same(
        X(12).Node("Unsqueeze", "x -> u", ("axes", Ints(0, 2))).Node("Squeeze", "u -> s", ("axes", Ints(2))).Node("Squeeze", "s -> y").Output("y"));

    [Theory]
    [InlineData(-0.5f, 0.25f)]
    [InlineData(null, 0.25f)]
    [InlineData(-0.5f, null)]
    [InlineData(null, null)]
    public void Clip(float? min, float? max)
    {
        (string, object)[] limits = [.. new[] { ("min", min), ("max", max) }.Where(l => l.Item2 is not null).Select(l => (l.Item1, (object)l.Item2!.Value))];

        UpgradeCheck.Same(X(10).Node("Clip", "x -> y", limits).Output("y"));
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Split")]
    [InlineData("Add")]
    public void The_limits_of_Clip_have_the_type_of_its_input(string before)
    {
        OnnxModel upgraded = UpgradeCheck.Upgrade(new ModelBuilder(10).Input("x", ElementType.Float16, 3).Node(before, before == "Add" ? "x x -> r" : "x -> r")
            .Node("Clip", "r -> y", ("max", 6f)).Output("y", ElementType.Float16));

        Assert.Equal((Half)6, Assert.Single(upgraded.Graph.Nodes[1].Input(2)!.Constant!.Span<Half>().ToArray()));
    }

    [Fact]
    public void The_type_is_known_behind_a_Cast()
    {
        OnnxModel upgraded = UpgradeCheck.Upgrade(
            new ModelBuilder(10).Input("x", 3).Node("Cast", "x -> d", ("to", 11)).Node("Clip", "d -> y", ("min", -1f)).Output("y", ElementType.Float64));

        Assert.Equal(-1.0, Assert.Single(upgraded.Graph.Nodes[1].Input(1)!.Constant!.Span<double>().ToArray()));
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("edge")]
    [InlineData("reflect")]
    public void Pad(string mode) => UpgradeCheck.Same(X(10).Node("Pad", "x -> y", ("pads", Ints(0, 1, 2, 0, 1, 0)), ("mode", mode), ("value", 7f)).Output("y"));

    [Fact]
    public void Pad_calls_its_pads_paddings_in_version_1() => UpgradeCheck.Gives(
        [0, .. UpgradeCheck.Fed("x", 3)],
        new ModelBuilder(1).Input("x", 3).Node("Pad", "x -> y", ("paddings", Ints(1, 0))).Output("y"));

    [Fact]
    public void DFT() => UpgradeCheck.Same(new ModelBuilder(19).Input("x", 1, 5, 2).Node("DFT", "x -> y", ("axis", 1)).Output("y"));

    [Fact]
    public void DFT_over_its_old_default() => UpgradeCheck.Same(new ModelBuilder(19).Input("x", 1, 5, 4, 2).Node("DFT", "x -> y").Output("y"));

    [Theory]
    [InlineData("ReduceL1")]
    [InlineData("ReduceL2")]
    [InlineData("ReduceLogSumExp")]
    [InlineData("ReduceMax")]
    [InlineData("ReduceMean")]
    [InlineData("ReduceMin")]
    [InlineData("ReduceProd")]
    [InlineData("ReduceSum")]
    [InlineData("ReduceSumSquare")]
    public void Reductions(string op)
    {
        UpgradeCheck.Same(X(12).Node(op, "x -> y", ("axes", Ints(-1, 0)), ("keepdims", 0)).Output("y"));
        UpgradeCheck.Same(X(12).Node(op, "x -> y").Output("y"));
    }

    [Fact]
    public void Reductions_but_the_sum_keep_their_attribute_below_18()
    {
        OnnxModel upgraded = UpgradeCheck.Same(X(12).Node("ReduceSum", "x -> s", ("axes", Ints(1))).Node("ReduceMax", "s -> y", ("axes", Ints(1))).Output("y"), target: 17);

        Assert.NotNull(upgraded.Graph.Nodes[0].Input(1));
        Assert.Null(upgraded.Graph.Nodes[1].Input(1));
    }

    [Fact]
    public void Equal_constants_are_stored_once()
    {
        OnnxModel upgraded = UpgradeCheck.Same(
            X(12).Node("ReduceSum", "x -> a", ("axes", Ints(1))).Node("Squeeze", "a -> b", ("axes", Ints(1))).Node("Unsqueeze", "b -> y", ("axes", Ints(1))).Output("y"));

        Assert.Equal("a_axes", Assert.Single(upgraded.Graph.Initializers).Name);
    }
}
