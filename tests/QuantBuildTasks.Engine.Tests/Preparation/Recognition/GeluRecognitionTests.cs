using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Recognition;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Recognition;

public sealed class GeluRecognitionTests
{
    // Nodes as operator, inputs and output, with the numbers that are named below.
    [Theory]
    [InlineData("Div x root2 d|Erf d e|Add e one a|Mul x a m|Mul m half y")]
    [InlineData("Div x root2 d|Erf d e|Add one e a|Mul x half h|Mul h a y")]
    [InlineData("Mul x rootHalf d|Erf d e|Add e one a|Mul half a g|Mul x g y")]
    [InlineData("Mul rootHalf x d|Erf d e|Mul e half s|Add s half a|Mul a x y")]
    [InlineData("Div x root2 d|Erf d e|Add e one a|Mul x a m|Div m two y")]
    public void The_error_function_in_any_order_is_Gelu(string nodes)
    {
        Node gelu = Assert.Single(PassCheck.Rewrite(new GeluRecognition(), Numbers(nodes).Output("y").Build()).Graph.Nodes);

        Assert.Equal(("Gelu", "none"), (gelu.OpType, gelu.StringAttribute("approximate", "none")));
    }

    [Theory]
    [InlineData("Pow x three p|Mul p cubic c|Add x c s|Mul s slope t|Tanh t e|Add e one a|Mul x a m|Mul m half y")]
    [InlineData("Mul x x q|Mul q x p|Mul cubic p c|Add x c s|Mul slope s t|Tanh t e|Add one e a|Mul x half h|Mul h a y")]
    [InlineData("Mul x x q|Mul q cubic c|Add c one s|Mul x s u|Mul u slope t|Tanh t e|Add e one a|Mul a half g|Mul g x y")]
    [InlineData("Mul x slope u|Mul x cubic c|Mul c x q|Add q one s|Mul u s t|Tanh t e|Add e one a|Mul x half h|Mul h a y")]
    public void So_is_its_approximation_by_the_hyperbolic_tangent(string nodes)
    {
        Node gelu = Assert.Single(PassCheck.Rewrite(new GeluRecognition(), Numbers(nodes).Output("y").Build()).Graph.Nodes);

        Assert.Equal(("Gelu", "tanh"), (gelu.OpType, gelu.StringAttribute("approximate", "none")));
    }

    [Theory]
    [InlineData("Div x two d|Erf d e|Add e one a|Mul x a m|Mul m half y")]
    [InlineData("Div x root2 d|Erf d e|Add e two a|Mul x a m|Mul m half y")]
    [InlineData("Div x root2 d|Erf d e|Add e one a|Mul x a m|Mul m two y")]
    [InlineData("Div x root2 d|Erf d e|Sub one e a|Mul x a m|Mul m half y")]
    [InlineData("Div x root2 d|Erf d e|Add e one a|Abs x z|Mul z a m|Mul m half y")]
    [InlineData("Pow x two p|Mul p cubic c|Add x c s|Mul s slope t|Tanh t e|Add e one a|Mul x a m|Mul m half y")]
    public void Other_numbers_and_other_operands_are_another_function(string nodes) =>
        Assert.Empty(PassCheck.Decline(new GeluRecognition(), Numbers(nodes).Output("y").Build()));

    [Theory]
    [InlineData("e")]
    [InlineData("a")]
    public void A_graph_output_on_the_way_stays(string output) =>
        Assert.Contains("something else reads", Assert.Single(PassCheck.Decline(new GeluRecognition(), Exact().Output(output).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void Another_reader_on_the_way_keeps_the_chain() =>
        Assert.Single(PassCheck.Decline(new GeluRecognition(), Exact().Node("Neg", "a -> n").Output("y").Output("n").Build()));

    [Fact]
    public void A_node_that_the_user_keeps_stays() =>
        Assert.Contains("kept", Assert.Single(PassCheck.Decline(new GeluRecognition { IsKept = n => n.OpType == "Erf" }, Exact().Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_number_that_a_caller_may_replace_is_none()
    {
        OnnxModel model = Exact().Output("y").Build();
        model.Graph.AddInput(model.Graph.Find("half")!);

        Assert.Empty(PassCheck.Decline(new GeluRecognition(), model));
    }

    [Fact]
    public void Its_input_may_be_read_elsewhere_and_be_a_product()
    {
        ModelBuilder builder = Numbers("Mul x two u|Div u root2 d|Erf d e|Add e one a|Mul u a m|Mul m half y|Neg u n");

        Assert.Equal(["Mul", "Gelu", "Neg"], PassCheck.Operators(PassCheck.Rewrite(new GeluRecognition(), builder.Output("y").Output("n").Build())));
    }

    [Fact]
    public void It_happens_in_a_branch_that_reads_everything_from_outside()
    {
        OnnxModel model = Numbers("Abs x v").Input("flag", ElementType.Bool)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Div", "v root2 -> d").Node("Erf", "d -> e").Node("Add", "e one -> a").Node("Mul", "v a -> m").Node("Mul", "m half -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Neg", "v -> z").Output("z"))))
            .Output("y").Build();

        Assert.Equal(["Gelu"], PassCheck.Rewrite(new GeluRecognition(), model).Graph.Nodes[1].Subgraphs.First().Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void A_chain_that_begins_outside_of_a_branch_stays()
    {
        OnnxModel model = Numbers("Div x root2 d|Erf d e").Input("flag", ElementType.Bool)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Add", "e one -> a").Node("Mul", "x a -> m").Node("Mul", "m half -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Neg", "e -> z").Output("z"))))
            .Output("y").Build();

        Assert.Empty(PassCheck.Decline(new GeluRecognition(), model));
    }

    [Fact]
    public void An_operator_set_without_Gelu_is_named() =>
        Assert.Contains("operator set 17", Assert.Single(PassCheck.Decline(new GeluRecognition(), Exact(17).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void The_operator_set_is_raised_for_it()
    {
        OnnxModel model = PassCheck.Rewrite(new RecognizedOperatorSet(), Exact(13).Output("y").Build());

        Assert.Equal(20, model.Opset);
        Assert.Equal(["Gelu"], PassCheck.Operators(PassCheck.Rewrite(new GeluRecognition(), model)));
    }

    [Fact]
    public void Nothing_raises_it_where_there_is_no_Gelu_or_it_has_to_stay()
    {
        PassCheck.Decline(new RecognizedOperatorSet(), Numbers("Erf x y", 13).Output("y").Build());
        PassCheck.Decline(new RecognizedOperatorSet { IsKept = n => n.OpType == "Erf" }, Exact(13).Output("y").Build());
        PassCheck.Decline(new RecognizedOperatorSet(), Exact(13).Output("e").Output("y").Build());
    }

    [Fact]
    public void A_model_that_cannot_be_raised_keeps_the_chain()
    {
        // Nobody knows what form "Future" has in another operator set.
        OnnxModel model = Exact(13).Node("Future", "y -> z").Output("z").Build();
        var declines = new List<Decline>();

        Assert.False(new RecognizedOperatorSet().Apply(model, declines));

        Assert.Equal(13, model.Opset);
        Assert.Contains("Future", Assert.Single(declines).Reason, StringComparison.Ordinal);
    }

    /// <summary>A search that walked back to the front of the chain from each of its nodes would not end in a day, or run out of stack.</summary>
    [Theory]
    [InlineData("x")]
    [InlineData("half")]
    public void A_chain_of_twenty_thousand_products_is_left_alone(string factor)
    {
        ModelBuilder builder = Numbers("Abs x n0", 13);
        for (int i = 0; i < 20_000; i++)
        {
            builder.Node("Mul", $"n{i} {factor} -> n{i + 1}");
        }

        OnnxModel model = builder.Output("n20000").Build();
        var declines = new List<Decline>();

        Assert.False(new RecognizedOperatorSet().Apply(model, declines));
        Assert.False(new GeluRecognition().Apply(model, declines));
        Assert.False(new HardSwishRecognition().Apply(model, declines));
        Assert.Empty(declines);
    }

    private static ModelBuilder Exact(long opset = 20) => Numbers("Div x root2 d|Erf d e|Add e one a|Mul x a m|Mul m half y", opset);

    private static ModelBuilder Numbers(string nodes, long opset = 20)
    {
        ModelBuilder builder = new ModelBuilder(opset).Input("x", "N", 4)
            .Constant("root2", Tensor.Scalar(1.41421356f)).Constant("rootHalf", Tensor.Vector(0.70710678f)).Constant("one", Tensor.Scalar(1f)).Constant("half", Tensor.Scalar(0.5f))
            .Constant("two", Tensor.Scalar(2f)).Constant("three", Tensor.Scalar(3f)).Constant("cubic", Tensor.Scalar(0.044715f)).Constant("slope", Tensor.Scalar(0.7978845608f));
        foreach (string[] words in nodes.Split('|').Select(n => n.Split(' ')))
        {
            builder.Node(words[0], $"{string.Join(' ', words[1..^1])} -> {words[^1]}");
        }

        return builder;
    }
}
