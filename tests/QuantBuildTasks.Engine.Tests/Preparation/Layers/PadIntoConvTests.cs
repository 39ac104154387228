using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class PadIntoConvTests
{
    [Fact]
    public void Sizes_of_the_padding_add_up()
    {
        OnnxModel model = Padded(17, 0, 0, 1, 2, 0, 0, 3, 0).Node("Conv", "p w -> y", ("pads", Ints(1, 1, 1, 1))).Output("y").Build();

        Node conv = Assert.Single(PassCheck.Rewrite(new PadIntoConv(), model).Graph.Nodes);

        Assert.Equal([2L, 3, 4, 1], conv.IntsAttribute("pads")!);
    }

    [Fact]
    public void Axes_of_operator_set_18_are_understood()
    {
        OnnxModel model = new ModelBuilder(18).Input("x", "N", 3, 6, 6).Weight("w", 4, 3, 3, 3)
            .Constant("pads", Tensor.Vector<long>(1, 2)).Constant("axes", Tensor.Vector<long>(-1))
            .Node("Pad", "x pads _ axes -> p").Node("Conv", "p w -> y", ("auto_pad", "VALID")).Output("y").Build();

        Node conv = Assert.Single(PassCheck.Rewrite(new PadIntoConv(), model).Graph.Nodes);

        Assert.Equal([0L, 1, 0, 2], conv.IntsAttribute("pads")!);
    }

    [Fact]
    public void A_pool_that_counts_its_padding_takes_it_in()
    {
        OnnxModel model = Padded(17, 0, 0, 1, 1, 0, 0, 1, 1).Node("AveragePool", "p -> y", ("kernel_shape", Ints(3, 3)), ("count_include_pad", 1)).Output("y").Build();

        Assert.Equal(["AveragePool"], PassCheck.Operators(PassCheck.Rewrite(new PadIntoConv(), model)));
    }

    [Theory]
    [InlineData("count_include_pad", 0)]
    [InlineData("ceil_mode", 1)]
    public void Another_pool_keeps_its_Pad(string attribute, int value) =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), Padded(17, 0, 0, 1, 1, 0, 0, 1, 1)
            .Node("AveragePool", "p -> y", ("kernel_shape", Ints(3, 3)), ("count_include_pad", attribute == "count_include_pad" ? value : 1), ("ceil_mode", attribute == "ceil_mode" ? value : 0)).Output("y").Build()));

    [Fact]
    public void Padding_beyond_the_kernel_of_a_pool_stays() =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), Padded(17, 0, 0, 3, 0, 0, 0, 0, 0).Node("AveragePool", "p -> y", ("kernel_shape", Ints(3, 3)), ("count_include_pad", 1)).Output("y").Build()));

    [Theory]
    [InlineData("reflect", 0f, 1)]
    [InlineData("constant", 1f, 1)]
    [InlineData("constant", 0f, -1)]
    public void Other_padding_stays(string mode, float value, int size) =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), new ModelBuilder().Input("x", "N", 3, 6, 6).Weight("w", 4, 3, 3, 3)
            .Constant("pads", Tensor.Vector<long>(0, 0, size, 0, 0, 0, 0, 0)).Constant("v", Tensor.Scalar(value))
            .Node("Pad", "x pads v -> p", ("mode", mode)).Node("Conv", "p w -> y").Output("y").Build()));

    [Fact]
    public void Padding_of_the_batch_stays() =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), Padded(17, 1, 0, 0, 0, 0, 0, 0, 0).Node("Conv", "p w -> y").Output("y").Build()));

    [Fact]
    public void A_convolution_with_auto_pad_keeps_its_Pad() =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), Padded(17, 0, 0, 1, 1, 0, 0, 1, 1).Node("Conv", "p w -> y", ("auto_pad", "SAME_LOWER")).Output("y").Build()));

    [Fact]
    public void A_padded_tensor_that_is_a_graph_output_stays() =>
        Assert.Single(PassCheck.Decline(new PadIntoConv(), Padded(17, 0, 0, 1, 1, 0, 0, 1, 1).Node("Conv", "p w -> y").Output("y").Output("p").Build()));

    private static ModelBuilder Padded(long opset, params long[] pads) => new ModelBuilder(opset).Input("x", "N", 3, 6, 6).Weight("w", 4, 3, 3, 3)
        .Constant("pads", Tensor.Vector(pads)).Constant("zero", Tensor.Scalar(0f)).Node("Pad", "x pads zero -> p");
}
