using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class ResizeFormsTests
{
    private static readonly float[] X = UpgradeCheck.Fed("x", 1, 1, 2, 2);

    [Fact]
    public void Upsample_of_version_1_names_height_and_width() => UpgradeCheck.Gives(
        [X[0], X[0], X[1], X[1], X[2], X[2], X[3], X[3]],
        new ModelBuilder(6).Input("x", 1, 1, 2, 2).Node("Upsample", "x -> y", ("height_scale", 1f), ("width_scale", 2f)).Output("y"));

    [Theory]
    [InlineData("nearest", 2f, 3f)]
    [InlineData("nearest", 1.5f, 2.3f)]
    [InlineData("linear", 2f, 1.5f)]
    public void Upsample_of_version_7(string mode, float height, float width)
    {
        OnnxModel upgraded = UpgradeCheck.Same(
            new ModelBuilder(8).Input("x", 1, 2, 4, 5).Node("Upsample", "x -> y", ("scales", Floats(1, 1, height, width)), ("mode", mode)).Output("y"));

        Assert.Equal(("Resize", "Upsample_y"), (upgraded.Graph.Nodes[0].OpType, upgraded.Graph.Nodes[0].Name));
    }

    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    public void Upsample_of_version_9(string mode) => UpgradeCheck.Same(
        new ModelBuilder(9).Input("x", 1, 2, 4, 5).Constant("s", Tensor.Vector(1f, 1, 2, 1.7f)).Node("Upsample", "x s -> y", ("mode", mode)).Output("y"));

    [Theory]
    [InlineData("nearest", 2f, 3f)]
    [InlineData("nearest", 1.7f, 1f)]
    [InlineData("nearest", 0.6f, 0.6f)]
    [InlineData("nearest", 0.4f, 1f)]
    [InlineData("linear", 2.5f, 0.7f)]
    public void Resize_of_version_10(string mode, float height, float width) => UpgradeCheck.Same(
        new ModelBuilder(10).Input("x", 1, 2, 4, 5).Constant("s", Tensor.Vector(1f, 1, height, width)).Node("Resize", "x s -> y", ("mode", mode)).Output("y"));

    [Fact]
    public void Scales_that_are_computed_are_taken_to_grow() => UpgradeCheck.Same(
        new ModelBuilder(10).Input("x", 1, 2, 4, 5).Constant("s", Tensor.Vector(1f, 1, 2, 1.7f)).Node("Abs", "s -> t").Node("Resize", "x t -> y").Output("y"));

    [Theory]
    [InlineData(2f, 0.5f)]
    [InlineData(0.6f, 1.7f)]
    public void Shrinking_and_growing_to_the_nearest_takes_two_nodes(float height, float width)
    {
        OnnxModel upgraded = UpgradeCheck.Same(
            new ModelBuilder(10).Input("x", 1, 2, 4, 5).Constant("s", Tensor.Vector(1f, 1, height, width)).Node("Resize", "x s -> y").Output("y"));

        Assert.Equal(["Resize", "Resize"], PassCheck.Operators(upgraded));
    }
}
