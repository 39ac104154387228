using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Clamps;

namespace QuantBuildTasks.Engine.Tests.Preparation.Clamps;

public sealed class ClipNormalFormTests
{
    [Theory]
    [InlineData("Relu x -> r; Min r high -> y", "Clip(0, 0.5)")]
    [InlineData("Max x zero -> r; Min high r -> y", "Clip(0, 0.5)")]
    [InlineData("Min x high -> r; Max r low -> y", "Clip(-0.25, 0.5)")]
    [InlineData("Max x zero -> y", "Relu")]
    [InlineData("Max x low -> y", "Clip(-0.25, )")]
    [InlineData("Clip x zero _ -> y", "Relu")]
    [InlineData("Clip x zero most -> y", "Relu")]
    [InlineData("Clip x low high -> c; Relu c -> y", "Clip(0, 0.5)")]
    [InlineData("Clip x zero high -> c; Min c low -> y", "Clip(-0.25, -0.25)")]
    [InlineData("Relu x -> a; Relu a -> b; Clip b _ high -> y", "Clip(0, 0.5)")]
    [InlineData("Neg x -> n; Clip n -> y", "Neg")]
    public void Clamps_take_one_form(string nodes, string expected)
    {
        OnnxModel rewritten = PassCheck.Rewrite(new ClipNormalForm(), Graph(nodes).Output("y").Build());

        Node node = Assert.Single(rewritten.Graph.Nodes);
        string limits = node.Is("Clip") ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"({Limit(node, 1)}, {Limit(node, 2)})") : "";
        Assert.Equal(expected, node.OpType + limits);
    }

    [Theory]
    [InlineData("Relu x -> y")]
    [InlineData("Clip x low high -> y")]
    [InlineData("Clip x high low -> y")]
    [InlineData("Max x vector -> y")]
    [InlineData("Max x x -> y")]
    [InlineData("Neg low -> n; Clip x n high -> y")]
    public void Other_nodes_stay(string nodes) => PassCheck.Decline(new ClipNormalForm(), Graph(nodes).Output("y").Build());

    [Fact]
    public void Two_clamps_stay_apart_where_the_result_between_them_is_read() =>
        Assert.Contains("between", Assert.Single(PassCheck.Decline(new ClipNormalForm(), Graph("Relu x -> r; Clip r low high -> y").Output("y").Output("r").Build())), StringComparison.Ordinal);

    private static float? Limit(Node node, int index) => node.Input(index)?.Constant!.Span<float>()[0];

    private static ModelBuilder Graph(string nodes)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "N", 7)
            .Constant("zero", Tensor.Scalar(0f)).Constant("low", Tensor.Scalar(-0.25f)).Constant("high", Tensor.Vector(0.5f).Reshape())
            .Constant("most", Tensor.Scalar(float.MaxValue)).Weight("vector", 7);
        foreach (string node in nodes.Split("; "))
        {
            string[] parts = node.Split(' ', 2);
            builder.Node(parts[0], parts[1]);
        }

        return builder;
    }
}
