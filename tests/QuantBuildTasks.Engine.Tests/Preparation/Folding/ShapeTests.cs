using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public sealed class ShapeTests
{
    private static readonly ShapeInference Inference = new(new OrtInference());

    [Fact]
    public void Every_value_of_the_main_graph_gets_type_and_shape()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3, 8, 8).Weight("w", 4, 3, 3, 3)
            .Node("Conv", "x w -> c").Node("ArgMax", "c -> i", ("axis", 1)).Node("Relu", "c -> y").Output("y").Output("i", ElementType.Int64).Build();

        Assert.True(Inference.Apply(model, []));

        Assert.Equal("[N, 4, 6, 6]", model.Graph.Find("c")!.Shape!.ToString());
        Assert.Equal(ElementType.Int64, model.Graph.Find("i")!.Type);
        Assert.False(Inference.Apply(model, []));
    }

    [Fact]
    public void Sizes_that_the_exporter_claims_for_a_computed_value_are_not_believed()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Node("Relu", "x -> r").Node("Neg", "r -> y").Output("y").Build();
        model.Graph.Find("r")!.Shape = new Shape(1, 3);

        Inference.Apply(model, []);

        Assert.Equal("[N, 3]", model.Graph.Find("r")!.Shape!.ToString());
    }

    [Fact]
    public void Inputs_and_outputs_keep_the_shapes_of_the_contract()
    {
        OnnxModel model = new ModelBuilder().Input("x", "batch", 3).Node("Relu", "x -> y").Output("y").Build();
        model.Graph.Find("y")!.Shape = new Shape("rows", 3);

        Inference.Apply(model, []);

        Assert.Equal("[rows, 3]", model.Graph.Find("y")!.Shape!.ToString());
    }

    [Fact]
    public void A_model_that_is_refused_is_left_alone()
    {
        OnnxModel model = new ModelBuilder().Input("x", 3).Node("NoSuchOperator", "x -> y").Output("y").Build();
        var declines = new List<Decline>();

        Assert.False(Inference.Apply(model, declines));
        Assert.Contains("NoSuchOperator", Assert.Single(declines).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_sizes_become_constants()
    {
        OnnxModel model = PassCheck.Rewrite(new ShapeFolding(), new ModelBuilder().Input("x", 2, 3, 4).Node("Relu", "x -> r").Node("Shape", "r -> s").Node("Size", "r -> n").Output("s", ElementType.Int64).Output("n", ElementType.Int64).Build());

        Assert.Equal([2L, 3, 4], model.Graph.Find("s")!.Constant!.Span<long>().ToArray());
        Assert.Equal([24L], model.Graph.Find("n")!.Constant!.Span<long>().ToArray());
    }

    [Theory]
    [InlineData("Gather", "s one -> y", "3")]
    [InlineData("Gather", "s last -> y", "4")]
    [InlineData("Slice", "s start end -> y", "3,4")]
    [InlineData("Slice", "s start end axis -> y", "3,4")]
    public void Known_sizes_become_constants_though_the_batch_is_symbolic(string opType, string edges, string expected)
    {
        OnnxModel model = PassCheck.Rewrite(new ShapeFolding(), Symbolic().Node(opType, edges).Output("y", ElementType.Int64).Build());

        Assert.Equal(expected, string.Join(",", model.Graph.Find("y")!.Constant!.Span<long>().ToArray()));
    }

    [Fact]
    public void Start_and_end_of_Shape_are_respected()
    {
        OnnxModel model = PassCheck.Rewrite(new ShapeFolding(), new ModelBuilder().Input("x", "N", 3, 4).Node("Shape", "x -> s", ("start", -2), ("end", 99)).Output("s", ElementType.Int64).Build());

        Assert.Equal([3L, 4], model.Graph.Find("s")!.Constant!.Span<long>().ToArray());
    }

    [Theory]
    [InlineData("Gather", "s zero -> y")]
    [InlineData("Gather", "s i -> y")]
    [InlineData("Slice", "s zeros end -> y")]
    public void Symbolic_sizes_stay(string opType, string edges) =>
        PassCheck.Decline(new ShapeFolding(), Symbolic().Input("i", ElementType.Int64, 1).Node(opType, edges).Output("y", ElementType.Int64).Build());

    [Fact]
    public void Sizes_in_a_branch_stay()
    {
        OnnxModel model = new ModelBuilder().Input("flag", ElementType.Bool).Input("x", 2)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Neg", "x -> n").Node("Shape", "n -> then").Output("then", ElementType.Int64))),
                ("else_branch", Body(b => b.Node("Abs", "x -> a").Node("Shape", "a -> else").Output("else", ElementType.Int64))))
            .Output("y", ElementType.Int64).Build();

        PassCheck.Decline(new ShapeFolding(), model);
    }

    private static ModelBuilder Symbolic() => new ModelBuilder().Input("x", "N", 3, 4)
        .Constant("zero", Tensor.Scalar(0L)).Constant("one", Tensor.Scalar(1L)).Constant("last", Tensor.Vector(-1L))
        .Constant("zeros", Tensor.Vector(0L)).Constant("start", Tensor.Vector(1L)).Constant("end", Tensor.Vector(long.MaxValue)).Constant("axis", Tensor.Vector(0L))
        .Node("Shape", "x -> s");
}
