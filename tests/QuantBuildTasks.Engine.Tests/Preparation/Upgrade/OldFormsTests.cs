using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class OldFormsTests
{
    private static readonly float[] X = UpgradeCheck.Fed("x", 1, 2, 3);

    private static ModelBuilder Old(long opset) => new ModelBuilder(opset).Input("x", 1, 2, 3);

    [Fact]
    public void Consumed_inputs_are_dropped() => UpgradeCheck.Gives(
        X.Select(v => Math.Max(v, 0)),
        Old(1).Node("Relu", "x -> y", ("consumed_inputs", Ints(0))).Output("y"));

    [Fact]
    public void Concat_joins_along_dimension_1_where_it_does_not_say() => Assert.Equal(
        1,
        UpgradeCheck.Gives([.. X, .. X], Old(1).Node("Concat", "x x -> y").Output("y")).Graph.Nodes[0].IntAttribute("axis", 0));

    [Theory]
    [InlineData("INT64", 7)]
    [InlineData("DOUBLE", 11)]
    [InlineData("bool", 9)]
    public void Cast_names_its_type_by_number(string name, int number)
    {
        OnnxModel upgraded = UpgradeCheck.Upgrade(Old(5).Node("Cast", "x -> y", ("to", name)).Output("y", (ElementType)number));

        Assert.Equal(number, upgraded.Graph.Nodes[0].IntAttribute("to", 0));
    }

    [Fact]
    public void Cast_to_an_unknown_name_is_refused() =>
        Assert.Contains("'FLOAT9' is no element type", UpgradeCheck.Refusal(Old(5).Node("Cast", "x -> y", ("to", "FLOAT9")).Output("y")), StringComparison.Ordinal);

    [Fact]
    public void Selu_keeps_its_old_defaults() => UpgradeCheck.Gives(
        X.Select(v => 1.0507f * (v > 0 ? v : 1.6732f * (MathF.Exp(v) - 1))),
        Old(5).Node("Selu", "x -> y").Output("y"));

    [Fact]
    public void Tile_repeats_along_one_axis() => UpgradeCheck.Gives(
        [.. X.Take(3), .. X.Take(3), .. X.Skip(3), .. X.Skip(3)],
        Old(5).Constant("tiles", Tensor.Scalar(2f)).Constant("axis", Tensor.Scalar(2f)).Node("Tile", "x tiles axis -> y").Output("y"));

    [Fact]
    public void Gemm_broadcasts_its_bias_without_saying_so() => UpgradeCheck.Gives(
        UpgradeCheck.Fed("x", 1, 3).Select((v, i) => v + 5 + i),
        new ModelBuilder(6).Input("x", 1, 3).Constant("w", Tensor.Of([1f, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3)).Constant("b", Tensor.Vector(5f, 6, 7))
            .Node("Gemm", "x w b -> y", ("broadcast", 1)).Output("y"));

    [Fact]
    public void The_order_of_LpPool_becomes_an_integer() => UpgradeCheck.Gives(
        [MathF.Abs(X[0]) + MathF.Abs(X[1]), MathF.Abs(X[1]) + MathF.Abs(X[2]), MathF.Abs(X[3]) + MathF.Abs(X[4]), MathF.Abs(X[4]) + MathF.Abs(X[5])],
        Old(1).Node("LpPool", "x -> y", ("p", 1f), ("kernel_shape", Ints(2))).Output("y"));

    [Fact]
    public void A_broken_order_of_LpPool_is_refused() => Assert.Contains(
        "the order of its norm, 1.5, is no integer",
        UpgradeCheck.Refusal(Old(1).Node("LpPool", "x -> y", ("p", 1.5f), ("kernel_shape", Ints(2))).Output("y")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(17)]
    public void Split_with_sizes(long opset)
    {
        Tensor sizes = Tensor.Vector(1L, 2);
        ModelBuilder builder = new ModelBuilder(opset).Input("x", 3);
        builder = opset == 12
            ? builder.Node("Split", "x -> a b", ("axis", 0), ("split", Ints(1, 2)))
            : builder.Constant("sizes", sizes).Node("Split", "x sizes -> a b", ("axis", 0));

        UpgradeCheck.Gives([.. UpgradeCheck.Fed("x", 3).Skip(1)], builder.Output("b"));
    }

    [Fact]
    public void Split_into_equal_parts_says_how_many()
    {
        OnnxModel upgraded = UpgradeCheck.Same(new ModelBuilder(11).Input("x", 6).Node("Split", "x -> a b c").Output("c"));

        Assert.Equal(3, upgraded.Graph.Nodes[0].IntAttribute("num_outputs", 0));
    }

    [Fact]
    public void Split_counts_an_output_that_is_left_out_at_the_end()
    {
        // ONNX Runtime does not live through such a node, so this one is not run.
        OnnxModel upgraded = UpgradeCheck.Upgrade(new ModelBuilder(13).Input("x", 6).Node("Split", "x -> a b _").Output("b"));

        Assert.Equal(3, upgraded.Graph.Nodes[0].IntAttribute("num_outputs", 0));
    }

    [Fact]
    public void Split_of_version_1_without_an_axis_is_refused() =>
        Assert.Contains("it names no axis", UpgradeCheck.Refusal(Old(1).Node("Split", "x -> y z").Output("y")), StringComparison.Ordinal);

    [Fact]
    public void Scatter_is_called_ScatterElements()
    {
        ModelBuilder builder = new ModelBuilder(10).Input("x", 3).Constant("i", Tensor.Vector(2L, 0)).Constant("u", Tensor.Vector(8f, 9))
            .Node("Scatter", "x i u -> y", ("axis", 0)).Output("y");

        OnnxModel upgraded = UpgradeCheck.Same(builder);

        Assert.Equal(("ScatterElements", "Scatter_y"), (upgraded.Graph.Nodes[0].OpType, upgraded.Graph.Nodes[0].Name));
    }

    [Theory]
    [InlineData("bilinear")]
    [InlineData("bicubic")]
    [InlineData("nearest")]
    public void GridSample(string mode) => UpgradeCheck.Same(
        new ModelBuilder(19).Input("x", 1, 1, 4, 4).Input("grid", 1, 2, 3, 2).Node("GridSample", "x grid -> y", ("mode", mode)).Output("y"));

    [Fact]
    public void RoiAlign_does_not_move_by_half_a_pixel() => UpgradeCheck.Same(
        new ModelBuilder(15).Input("x", 1, 1, 6, 6).Constant("r", Tensor.Of([0f, 0, 4, 4], 1, 4)).Constant("b", Tensor.Vector(0L))
            .Node("RoiAlign", "x r b -> y", ("output_height", 2), ("output_width", 2)).Output("y"));

    [Fact]
    public void Recurrent_operators_lose_output_sequence()
    {
        OnnxModel upgraded = UpgradeCheck.Upgrade(new ModelBuilder(6).Input("x", 2, 1, 3).Weight("w", 1, 16, 3).Weight("r", 1, 16, 4)
            .Node("LSTM", "x w r -> y", ("hidden_size", 4), ("output_sequence", 1)).Output("y"));

        Assert.Equal(["hidden_size"], upgraded.Graph.Nodes[0].Attributes.Select(a => a.Name));
    }
}
