using QuantBuildTasks.Engine.Conditioning;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

public sealed class ChannelGroupsTests
{
    private static readonly (string, object) Same = ("pads", ModelBuilder.Ints(1, 1, 1, 1));

    [Fact]
    public void Relu_between_two_layers_is_passed() =>
        Assert.Equal(["a > b"], Groups(Start().Node("Conv", "x w1 -> a", Same).Node("Relu", "a -> r").Node("Conv", "r w2 -> b", Same).Output("b")));

    [Fact]
    public void Clip_is_passed_as_a_limit_and_a_depthwise_layer_stands_between_two_groups()
    {
        ModelBuilder model = Start().Weight("d", 4, 1, 3, 3)
            .Node("Conv", "x w1 -> a", Same).Node("Clip", "a zero six -> c1").Node("Conv", "c1 d -> b", Same, ("group", 4)).Node("Clip", "b zero six -> c2").Node("Conv", "c2 w2 -> y").Output("y");

        Assert.Equal(["a > b; c1 <= 6", "b > y; c2 <= 6"], Groups(model));
    }

    [Fact]
    public void Residual_sums_are_one_group() =>
        Assert.Equal(
            ["a b c > b c y"],
            Groups(Start().Node("Conv", "x w1 -> a", Same).Node("Conv", "a w2 -> b", Same).Node("Add", "a b -> s1").Node("Conv", "s1 w3 -> c", Same).Node("Add", "c s1 -> s2")
                .Node("Conv", "s2 w4 -> y").Output("y")));

    [Fact]
    public void Gate_of_squeeze_and_excite_lets_a_factor_pass_but_takes_none() =>
        Assert.Equal(
            ["a > e y", "e > g"],
            Groups(Start().Weight("s", 2, 4, 1, 1).Weight("t", 4, 2, 1, 1).Node("Conv", "x w1 -> a", Same).Node("GlobalAveragePool", "a -> p").Node("Conv", "p s -> e").Node("Relu", "e -> f")
                .Node("Conv", "f t -> g").Node("Sigmoid", "g -> h").Node("Mul", "a h -> m").Node("Conv", "m w2 -> y").Output("y")));

    [Fact]
    public void A_value_times_its_own_gate_is_not_passed() =>
        Assert.Empty(Groups(Start().Node("Conv", "x w1 -> a", Same).Node("Sigmoid", "a -> s").Node("Mul", "a s -> m").Node("Conv", "m w2 -> y").Output("y")));

    [Theory]
    [InlineData("Flatten")]
    [InlineData("Reshape")]
    [InlineData("Squeeze")]
    public void Flattening_of_pooled_channels_is_passed(string flatten) =>
        Assert.Equal(
            ["a > y"],
            Groups(Start().Weight("m", 4, 5).Constant("sizes", Tensor.Vector(0L, -1)).Constant("axes", Tensor.Vector(2L, 3)).Node("Conv", "x w1 -> a", Same).Node("GlobalAveragePool", "a -> p")
                .Node(flatten, flatten switch { "Flatten" => "p -> f", "Reshape" => "p sizes -> f", _ => "p axes -> f" }).Node("Gemm", "f m -> y").Output("y")));

    [Fact]
    public void Flattening_of_positions_is_not_passed() =>
        Assert.Empty(Groups(Start().Weight("m", 100, 5).Node("Conv", "x w1 -> a", Same).Node("Flatten", "a -> f").Node("Gemm", "f m -> y").Output("y")));

    [Theory]
    [InlineData("LeakyRelu", "a -> r")]
    [InlineData("MaxPool", "a -> r")]
    [InlineData("PRelu", "a slope -> r")]
    [InlineData("Pad", "a frame -> r")]
    public void Operators_that_keep_positive_factors_are_passed(string op, string edges)
    {
        ModelBuilder model = Start().Constant("slope", Tensor.Of(new[] { 0.1f, 0.2f, 0.3f, 0.4f }, 4, 1, 1)).Constant("frame", Tensor.Vector(0L, 0, 1, 1, 0, 0, 1, 1)).Node("Conv", "x w1 -> a", Same);
        model = op == "MaxPool" ? model.Node(op, edges, ("kernel_shape", ModelBuilder.Ints(2, 2))) : model.Node(op, edges);

        Assert.Equal(["a > y"], Groups(model.Node("Conv", "r w2 -> y").Output("y")));
    }

    [Theory]
    [InlineData("Sigmoid", "a -> r")]
    [InlineData("Softmax", "a -> r")]
    [InlineData("Tanh", "a -> r")]
    [InlineData("Concat", "a a -> r")]
    [InlineData("Clip", "a minus six -> r")]
    [InlineData("Add", "a six -> r")]
    [InlineData("Mul", "a a -> r")]
    [InlineData("Pad", "a turned -> r")]
    public void Operators_that_do_not_are_not_passed(string op, string edges)
    {
        ModelBuilder model = Start().Constant("minus", Tensor.Scalar(-1f)).Constant("turned", Tensor.Vector(0L, 1, 0, 0, 0, -1, 0, 0)).Node("Conv", "x w1 -> a", Same);
        model = op == "Concat" ? model.Node(op, edges, ("axis", 0)) : model.Node(op, edges);

        Assert.Empty(Groups(model.Node("Conv", "r w2 -> y").Output("y")));
    }

    [Fact]
    public void A_value_that_an_unknown_operator_reads_too_is_not_scaled() =>
        Assert.Empty(Groups(Between().Node("Sin", "a -> s").Output("s")));

    [Fact]
    public void A_graph_output_is_not_scaled() => Assert.Empty(Groups(Between().Output("r")));

    [Fact]
    public void A_graph_input_is_not_scaled() =>
        Assert.Empty(Groups(Start().Node("Conv", "x w1 -> a", Same).Node("Add", "a x -> r").Node("Conv", "r w2 -> y").Output("y")));

    [Fact]
    public void What_a_branch_reads_is_not_scaled() =>
        Assert.Empty(Groups(Between().Constant("yes", Tensor.Scalar(true))
            .Node("If", "yes -> z", ("then_branch", ModelBuilder.Body(b => b.Node("Neg", "r -> n").Output("n"))), ("else_branch", ModelBuilder.Body(b => b.Node("Abs", "x -> m").Output("m"))))
            .Output("z")));

    [Theory]
    [InlineData("Conv_a")]
    [InlineData("Relu_r")]
    [InlineData("Conv_y")]
    public void Kept_nodes_keep_what_they_read_and_give(string kept) => Assert.Empty(Groups(Between(), kept));

    private static ModelBuilder Between() => Start().Node("Conv", "x w1 -> a", Same).Node("Relu", "a -> r").Node("Conv", "r w2 -> y", Same).Output("y");

    private static ModelBuilder Start() => new ModelBuilder().Input("x", 2, 4, 5, 5).Constant("zero", Tensor.Scalar(0f)).Constant("six", Tensor.Scalar(6f))
        .Weight("w1", 4, 4, 3, 3).Weight("w2", 4, 4, 3, 3).Weight("w3", 4, 4, 3, 3).Weight("w4", 4, 4, 3, 3);

    /// <summary>Groups by what their layers give, as in <c>producers > consumers; limits</c>.</summary>
    private static string[] Groups(ModelBuilder model, string kept = "")
    {
        IReadOnlyList<ChannelGroup> groups = ChannelGroups.Of(Conditioned.WithShapes(model).Graph, n => n.Name == kept);
        return [.. groups.Select(g => $"{Names(g.Producers)} > {Names(g.Consumers)}{string.Concat(g.Limits.Select(l => $"; {l.Output.Name} <= {l.High}"))}")];
    }

    private static string Names(List<LayerWeight> layers) => string.Join(' ', layers.Select(l => l.Node.Output().Name));
}
