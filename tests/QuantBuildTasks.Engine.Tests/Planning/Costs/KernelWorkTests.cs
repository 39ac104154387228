using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning.Costs;

public class KernelWorkTests
{
    [Theory]
    [InlineData(16, 16, 1, 1, "PointConv", 16 * 16)]
    [InlineData(24, 40, 1, 1, "PointConv", 24 * 48)]
    [InlineData(16, 32, 3, 1, "Conv", 16 * 32 * 9)]
    [InlineData(3, 16, 3, 1, "OddConv", 28 * 16)]
    [InlineData(16, 3, 1, 1, "OddConv", 16 * 16)]
    [InlineData(16, 8, 1, 1, "NarrowConv", 16 * 16)]
    [InlineData(32, 32, 3, 32, "DepthwiseConv", 32 * 9)]
    [InlineData(24, 24, 5, 24, "OddDepthwiseConv", 24 * 25)]
    [InlineData(32, 32, 3, 4, "GroupedConv", 4 * 8 * 8 * 9)]
    public void Convolution_is_of_the_kind_of_its_channels_and_filters(int channels, int filters, int size, int groups, string kind, int multiplyAddsPerPixel)
    {
        KernelWork work = Work(new ModelBuilder().Input("x", "N", channels, 10, 10).Weight("w", filters, channels / groups, size, size)
            .Node("Conv", "x w -> y", ("group", groups), ("pads", Ints(size / 2, size / 2, size / 2, size / 2))).Output("y"));

        Assert.Equal(kind, work.Kind.ToString());
        Assert.Equal(100.0 * multiplyAddsPerPixel, work.MultiplyAdds);
        Assert.Equal((100.0 * channels, 100.0 * filters), (work.Inputs, work.Outputs));
        Assert.Equal((double)filters * channels / groups * size * size, work.Weights);
        Assert.Equal(100.0 * size * size * (groups == 4 ? 4 : 1), work.Places);
    }

    [Fact]
    public void Convolution_over_one_axis_has_a_kind_of_its_own() =>
        Assert.Equal(KernelKind.SeriesConv, Work(new ModelBuilder().Input("x", 1, 8, 40).Weight("w", 8, 8, 3).Node("Conv", "x w -> y").Output("y")).Kind);

    [Theory]
    [InlineData(1, "RowProduct")]
    [InlineData(5, "Product")]
    public void Product_of_one_row_has_a_kind_of_its_own(int rows, string kind)
    {
        KernelWork work = Work(new ModelBuilder().Input("x", rows, 30).Weight("w", 30, 20).Node("MatMul", "x w -> y").Output("y"));

        Assert.Equal(kind, work.Kind.ToString());
        Assert.Equal(rows * 32.0 * 32, work.MultiplyAdds);
        Assert.Equal(600, work.Weights);
    }

    [Fact]
    public void Gemm_that_transposes_its_weight_is_the_same_product()
    {
        KernelWork work = Work(new ModelBuilder().Input("x", 4, 32).Weight("w", 16, 32).Node("Gemm", "x w -> y", ("transB", 1)).Output("y"));

        Assert.Equal(new KernelWork(KernelKind.Product, 4 * 32 * 16, 4 * 32, 4 * 16, 32 * 16), work);
    }

    [Theory]
    [InlineData(new[] { 1, 8, 6, 6 }, "Binary")]
    [InlineData(new[] { 1, 8, 1, 1 }, "Broadcast")]
    public void Sum_of_different_shapes_has_a_kind_of_its_own(int[] other, string kind) => Assert.Equal(kind, Work(
        new ModelBuilder().Input("x", 1, 8, 6, 6).Input("g", [.. other.Select(d => (Dimension)d)]).Node("Mul", "x g -> y").Output("y")).Kind.ToString());

    [Fact]
    public void Operator_of_another_domain_and_one_that_no_table_knows_have_no_work()
    {
        Node unknown = Prepared(new ModelBuilder().Input("x", 1, 8).Node("Erf", "x -> y").Output("y")).Graph.Nodes[0];
        Node other = new ModelBuilder().Input("x", 1, 8).Node("local", "Conv", "x -> y", []).Output("y").Graph.Nodes[0];

        Assert.Null(KernelWork.Of(unknown, new ValueSizes()));
        Assert.Null(KernelWork.Of(other, new ValueSizes()));
    }

    [Fact]
    public void Open_sizes_count_as_one_sample_of_an_assumed_size_unless_those_of_a_sample_are_known()
    {
        Value value = new ModelBuilder().Input("x", "N", 3, "H", "W").Graph.Find("x")!;

        var assumed = new ValueSizes();
        var known = new ValueSizes(_ => Shape.Of([1, 3, 100, 200]));

        Assert.Equal((3 * ValueSizes.Assumed * ValueSizes.Assumed, true), (assumed.Elements(value), assumed.IsAssumed(value)));
        Assert.Equal((60_000, false), (known.Elements(value), known.IsAssumed(value)));
    }

    private static OnnxModel Prepared(ModelBuilder model)
    {
        OnnxModel built = model.Build();
        new ShapeInference(new OrtInference()).Apply(built, []);
        return built;
    }

    private static KernelWork Work(ModelBuilder model) => KernelWork.Of(Prepared(model).Graph.Nodes[0], new ValueSizes())!.Value;
}
