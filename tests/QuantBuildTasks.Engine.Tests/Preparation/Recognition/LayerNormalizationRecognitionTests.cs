using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Recognition;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Recognition;

public sealed class LayerNormalizationRecognitionTests
{
    private const string Mean = "ReduceMean x m|Sub x m d";

    [Theory]
    [InlineData("Pow d two q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n")]
    [InlineData("Mul d d q|ReduceMean q v|Add eps v w|Sqrt w r|Reciprocal r i|Mul d i n")]
    [InlineData("Sub x m d2|Pow d2 two q|ReduceMean q v|Add v eps w|Pow w half r|Div d r n")]
    [InlineData("Mul d d q|ReduceMean q v|Add v eps w|Pow w minusHalf i|Mul i d n")]
    public void Mean_and_variance_in_every_exporters_way_are_LayerNormalization(string variance)
    {
        Node node = Assert.Single(PassCheck.Rewrite(new LayerNormalizationRecognition(), Chain($"{Mean}|{variance}|Mul n gamma g|Add g beta y").Output("y").Build()).Graph.Nodes);

        Assert.Equal("LayerNormalization", node.OpType);
        Assert.Equal(-1, node.IntAttribute("axis", 0));
        Assert.Equal(1e-5f, node.FloatAttribute("epsilon", 0));
        Assert.Equal([6L], node.Input(2)!.Constant!.Dims);
    }

    [Theory]
    [InlineData("Neg n y", "LayerNormalization Neg")]
    [InlineData("Mul gamma n y", "LayerNormalization")]
    [InlineData("Add n beta y", "LayerNormalization")]
    [InlineData("Mul n row g|Add beta g y", "LayerNormalization")]
    [InlineData("Mul n half y", "LayerNormalization Mul")]
    [InlineData("Mul n each y", "LayerNormalization Mul")]
    [InlineData("Mul n gamma g|Neg g z|Add g beta y", "LayerNormalization Neg Add")]
    public void Scale_and_bias_come_along_where_they_have_the_sizes_of_the_axes(string rest, string operators) =>
        Assert.Equal(operators, string.Join(' ', PassCheck.Operators(PassCheck.Rewrite(new LayerNormalizationRecognition(), Chain($"{Whole}|{rest}").Output("y").Build()))));

    [Fact]
    public void Several_last_axes_are_one_normalization()
    {
        Node node = Assert.Single(PassCheck.Rewrite(new LayerNormalizationRecognition(), Chain($"{Whole}|Mul n wide y", axes: Ints(2, 1)).Output("y").Build()).Graph.Nodes);

        Assert.Equal(-2, node.IntAttribute("axis", 0));
        Assert.Equal([5L, 6], node.Input(1)!.Constant!.Dims);
    }

    [Fact]
    public void Axes_on_an_input_are_read_too()
    {
        OnnxModel model = new ModelBuilder(18).Input("x", "N", 6).Constant("axes", Tensor.Vector(-1L)).Constant("eps", Tensor.Scalar(1e-5f))
            .Node("ReduceMean", "x axes -> m").Node("Sub", "x m -> d").Node("Mul", "d d -> q").Node("ReduceMean", "q axes -> v")
            .Node("Add", "v eps -> w").Node("Sqrt", "w -> r").Node("Div", "d r -> y").Output("y").Build();

        Assert.Equal(["LayerNormalization"], PassCheck.Operators(PassCheck.Rewrite(new LayerNormalizationRecognition(), model)));
    }

    [Theory]
    [InlineData(1L)]
    [InlineData(0L)]
    [InlineData(0L, 2L)]
    public void Other_axes_than_the_last_stay(params long[] axes) =>
        Assert.Contains("axes", Assert.Single(PassCheck.Decline(new LayerNormalizationRecognition(), Chain(Whole, axes: axes).Output("n").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_last_axis_of_unknown_size_stays() =>
        Assert.Contains("sizes are not known", Assert.Single(PassCheck.Decline(new LayerNormalizationRecognition(), Chain(Whole, last: "width").Output("n").Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData("ReduceMean x m|Sub x m d|Pow d half q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n")]
    [InlineData("ReduceMean x m|Sub x m d|Mul d d q|ReduceMean q v|Add v eps w|Sqrt w r|Div r d n")]
    [InlineData("ReduceMean x m|Sub m x d|Mul d d q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n")]
    [InlineData("ReduceMean x m|Sub x m d|Mul x x q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n")]
    [InlineData("ReduceMean x m|Sub x m d|Mul d d q|ReduceMean q v|Add v eps w|Sqrt w r|Mul d r n")]
    [InlineData("ReduceMax x m|Sub x m d|Mul d d q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n")]
    public void Another_formula_is_another_function(string nodes) =>
        Assert.Empty(PassCheck.Decline(new LayerNormalizationRecognition(), Chain(nodes).Output("n").Build()));

    [Theory]
    [InlineData("d")]
    [InlineData("v")]
    public void A_graph_output_on_the_way_stays(string output) =>
        Assert.Contains("something else reads", Assert.Single(PassCheck.Decline(new LayerNormalizationRecognition(), Chain(Whole).Output(output).Output("n").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_normalized_tensor_that_is_a_graph_output_is_where_it_ends()
    {
        OnnxModel model = PassCheck.Rewrite(new LayerNormalizationRecognition(), Chain($"{Whole}|Mul n gamma y").Output("n").Output("y").Build());

        Assert.Equal(["LayerNormalization", "Mul"], PassCheck.Operators(model));
    }

    [Fact]
    public void A_node_that_the_user_keeps_stays() =>
        Assert.Contains("kept", Assert.Single(PassCheck.Decline(new LayerNormalizationRecognition { IsKept = n => n.OpType == "Sqrt" }, Chain(Whole).Output("n").Build())), StringComparison.Ordinal);

    [Fact]
    public void It_happens_in_a_branch_that_reads_its_input_from_outside()
    {
        OnnxModel model = new ModelBuilder().Input("x", 3, 6).Input("flag", ElementType.Bool).Constant("eps", Tensor.Scalar(1e-5f))
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("ReduceMean", "x -> m", ("axes", Ints(-1))).Node("Sub", "x m -> d").Node("Mul", "d d -> q").Node("ReduceMean", "q -> v", ("axes", Ints(-1)))
                    .Node("Add", "v eps -> w").Node("Sqrt", "w -> r").Node("Div", "d r -> n").Output("n"))),
                ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Output("y").Build();

        Assert.Equal(["LayerNormalization"], PassCheck.Rewrite(new LayerNormalizationRecognition(), model).Graph.Nodes[0].Subgraphs.First().Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void The_operator_set_is_raised_for_it()
    {
        OnnxModel model = PassCheck.Rewrite(new RecognizedOperatorSet(), Chain(Whole, opset: 13).Output("n").Build());

        Assert.Equal(17, model.Opset);
        Assert.Equal(["LayerNormalization"], PassCheck.Operators(PassCheck.Rewrite(new LayerNormalizationRecognition(), model)));
        Assert.Contains("operator set 13", Assert.Single(PassCheck.Decline(new LayerNormalizationRecognition(), Chain(Whole, opset: 13).Output("n").Build())), StringComparison.Ordinal);
    }

    private static string Whole => $"{Mean}|Mul d d q|ReduceMean q v|Add v eps w|Sqrt w r|Div d r n";

    private static ModelBuilder Chain(string nodes, long[]? axes = null, Dimension? last = null, long opset = 17)
    {
        ModelBuilder builder = new ModelBuilder(opset).Input("x", "N", 5, last ?? 6)
            .Constant("eps", Tensor.Scalar(1e-5f)).Constant("two", Tensor.Scalar(2f)).Constant("half", Tensor.Scalar(0.5f)).Constant("minusHalf", Tensor.Scalar(-0.5f))
            .Weight("gamma", 6).Weight("beta", 6).Weight("row", 1, 1, 6).Weight("each", 5, 6).Weight("wide", 5, 6);
        foreach (string[] words in nodes.Split('|').Select(n => n.Split(' ')))
        {
            builder.Node(words[0], $"{string.Join(' ', words[1..^1])} -> {words[^1]}", words[0].StartsWith("Reduce", StringComparison.Ordinal) ? [("axes", axes ?? Ints(-1))] : []);
        }

        return builder;
    }
}
