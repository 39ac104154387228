using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class BroadcastAxisTests
{
    private static readonly float[] X = UpgradeCheck.Fed("x", 1, 2, 3);
    private static readonly float[] Bias = [10, 20];

    private static IEnumerable<float> PerChannel(Func<float, float, float> f) => X.Select((v, i) => f(v, Bias[i / 3]));

    [Theory]
    [InlineData("Add")]
    [InlineData("Sub")]
    [InlineData("Mul")]
    [InlineData("Div")]
    public void An_axis_in_the_middle_gives_the_second_input_dimensions_of_1(string op)
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Vector(Bias))
            .Node(op, "x b -> y", ("broadcast", 1), ("axis", 1)).Output("y");

        OnnxModel upgraded = UpgradeCheck.Gives(
            PerChannel((v, b) => op switch { "Add" => v + b, "Sub" => v - b, "Mul" => v * b, _ => v / b }), builder);

        Assert.Equal(["Unsqueeze", op], PassCheck.Operators(upgraded));
    }

    [Fact]
    public void Where_the_rank_is_unknown_the_dimensions_are_counted_while_the_model_runs()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Vector(Bias)).Constant("one", Tensor.Vector(1f))
            .Node("Mul", "x one -> m", ("broadcast", 1)).Node("Add", "m b -> y", ("broadcast", 1), ("axis", 1)).Output("y");

        OnnxModel upgraded = UpgradeCheck.Gives(PerChannel((v, b) => v + b), builder);

        Assert.Contains("Shape", PassCheck.Operators(upgraded));
    }

    [Fact]
    public void Counting_gives_no_dimension_where_the_axis_is_the_end()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Vector(1f, 2, 3)).Constant("one", Tensor.Vector(1f))
            .Node("Mul", "x one -> m", ("broadcast", 1)).Node("Add", "m b -> y", ("broadcast", 1), ("axis", 2)).Output("y");

        UpgradeCheck.Gives(X.Select((v, i) => v + 1 + (i % 3)), builder);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void An_axis_at_the_end_needs_nothing(int axis)
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Vector(1f, 2, 3))
            .Node("Add", "x b -> y", ("broadcast", 1), ("axis", axis)).Output("y");

        OnnxModel upgraded = UpgradeCheck.Gives(X.Select((v, i) => v + 1 + (i % 3)), builder);

        Assert.Equal(["Add"], PassCheck.Operators(upgraded));
        Assert.Empty(upgraded.Graph.Nodes[0].Attributes);
    }

    [Fact]
    public void The_axis_holds_only_with_broadcast()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Of(new float[6], 1, 2, 3))
            .Node("Add", "x b -> y", ("axis", 0)).Output("y");

        Assert.Equal(["Add"], PassCheck.Operators(UpgradeCheck.Gives(X, builder)));
    }

    [Fact]
    public void Comparisons_are_aligned_too()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("b", Tensor.Vector(-2f, 2f))
            .Node("Greater", "x b -> g", ("broadcast", 1), ("axis", 1)).Node("Cast", "g -> y", ("to", 1)).Output("y");

        UpgradeCheck.Gives([1, 1, 1, 0, 0, 0], builder);
    }

    [Fact]
    public void A_slope_for_each_channel_is_aligned_to_dimension_1()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("slope", Tensor.Vector(Bias)).Node("PRelu", "x slope -> y").Output("y");

        UpgradeCheck.Gives(PerChannel((v, b) => v < 0 ? v * b : v), builder);
    }

    [Fact]
    public void A_slope_of_one_number_stays()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Constant("slope", Tensor.Vector(0.5f)).Node("PRelu", "x slope -> y").Output("y");

        Assert.Equal(["PRelu"], PassCheck.Operators(UpgradeCheck.Gives(X.Select(v => v < 0 ? v / 2 : v), builder)));
    }

    [Fact]
    public void A_second_input_of_unknown_rank_is_refused()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 1, 2, 3).Input("b", 2)
            .Node("Mul", "b b -> bb").Node("Add", "x bb -> y", ("broadcast", 1), ("axis", 1)).Output("y");

        Assert.Equal(
            "Add_y (Add) cannot be brought from opset 6 to opset 7: the rank of its second input is not known. Export the model again with opset_version=7 or higher.",
            UpgradeCheck.Refusal(builder));
    }

    [Fact]
    public void A_second_input_that_does_not_fit_is_refused()
    {
        ModelBuilder builder = new ModelBuilder(6).Input("x", 2, 3).Constant("b", Tensor.Of(new float[6], 2, 3))
            .Node("Add", "x b -> y", ("broadcast", 1), ("axis", 1)).Output("y");

        Assert.Contains("does not fit onto rank 2", UpgradeCheck.Refusal(builder), StringComparison.Ordinal);
    }
}
