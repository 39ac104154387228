using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Recognition;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Recognition;

/// <summary>HardSwish, HardSigmoid, Sigmoid and SiLU.</summary>
public sealed class ActivationRecognitionTests
{
    [Theory]
    [InlineData("Add x three a|Clip a zero six c|Mul x c m|Div m six y")]
    [InlineData("Add three x a|Clip a zero six c|Div c six s|Mul x s y")]
    [InlineData("Add x three a|Clip a zero six c|Mul c sixth s|Mul s x y")]
    [InlineData("Add x three a|Clip a zero six c|Mul x sixth s|Mul c s y")]
    [InlineData("Mul x sixth a|Add a half b|Clip b zero one c|Mul c x y")]
    public void The_clamped_line_times_its_input_is_HardSwish(string nodes) =>
        Assert.Equal(["HardSwish"], PassCheck.Operators(Rewrite(nodes)));

    [Fact]
    public void So_is_HardSigmoid_with_its_slope() =>
        Assert.Equal(["HardSwish"], PassCheck.Operators(PassCheck.Rewrite(
            new HardSwishRecognition(),
            Numbers().Node("HardSigmoid", "x -> s", ("alpha", 1f / 6)).Node("Mul", "x s -> y").Output("y").Build())));

    [Fact]
    public void Before_operator_set_14_it_is_HardSigmoid_and_Mul()
    {
        OnnxModel model = Rewrite("Add x three a|Clip a zero six c|Mul x c m|Div m six y", 13);

        Assert.Equal(["HardSigmoid", "Mul"], PassCheck.Operators(model));
        Assert.Equal((1f / 6, 0.5f), (model.Graph.Nodes[0].FloatAttribute("alpha", 0), model.Graph.Nodes[0].FloatAttribute("beta", 0)));
    }

    [Theory]
    [InlineData("Add x three a|Clip a zero six c|Div c six y")]
    [InlineData("Add x three a|Clip a zero six c|Mul sixth c y")]
    public void The_clamped_line_alone_is_HardSigmoid(string nodes) =>
        Assert.Equal(["HardSigmoid"], PassCheck.Operators(Rewrite(nodes)));

    [Theory]
    [InlineData("Add x three a|Clip a zero six c|Mul x c y")]
    [InlineData("Add x three a|Clip a zero one c|Mul x c m|Div m six y")]
    [InlineData("Add x three a|Clip a one six c|Mul x c m|Div m six y")]
    [InlineData("Sub x three a|Clip a zero six c|Mul x c m|Div m six y")]
    [InlineData("Add x six a|Clip a zero six c|Mul x c m|Div m six y")]
    [InlineData("Abs x z|Add z three a|Clip a zero six c|Mul x c m|Mul m sixth y")]
    [InlineData("Clip x zero six c|Div c six y")]
    [InlineData("Add x three a|Relu a c|Mul x c m|Div m six y")]
    public void Other_numbers_and_operands_are_another_function(string nodes) =>
        Assert.Empty(PassCheck.Decline(new HardSwishRecognition(), Numbers(17, nodes).Output("y").Build()));

    [Fact]
    public void HardSigmoid_with_another_slope_stays() =>
        PassCheck.Decline(new HardSwishRecognition(), Numbers().Node("HardSigmoid", "x -> s").Node("Mul", "x s -> y").Output("y").Build());

    [Fact]
    public void A_graph_output_in_the_middle_keeps_HardSwish_apart() =>
        Assert.Single(PassCheck.Decline(new HardSwishRecognition(), Numbers(17, "Add x three a|Clip a zero six c|Mul x c m|Div m six y").Output("a").Output("y").Build()));

    [Fact]
    public void A_node_that_the_user_keeps_stays() =>
        Assert.Contains("kept", Assert.Single(PassCheck.Decline(
            new HardSwishRecognition { IsKept = n => n.OpType == "Clip" },
            Numbers(17, "Add x three a|Clip a zero six c|Mul x c m|Div m six y").Output("y").Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData("Neg x n|Exp n e|Add e one a|Div one a y", "Sigmoid")]
    [InlineData("Neg x n|Exp n e|Add one e a|Reciprocal a y", "Sigmoid")]
    [InlineData("Mul x minus n|Exp n e|Add one e a|Reciprocal a y", "Sigmoid")]
    [InlineData("Neg x n|Exp n e|Add one e a|Div x a y", "Sigmoid Mul")]
    [InlineData("Neg x n|Exp n e|Add one e a|Reciprocal a s|Mul x s y", "Sigmoid Mul")]
    public void The_logistic_function_by_Exp_is_Sigmoid_and_SiLU_its_product(string nodes, string operators) =>
        Assert.Equal(operators, string.Join(' ', PassCheck.Operators(PassCheck.Rewrite(new SigmoidRecognition(), Numbers(17, nodes).Output("y").Build()))));

    [Theory]
    [InlineData("Exp x e|Add e one a|Div one a y")]
    [InlineData("Neg x n|Exp n e|Add e three a|Reciprocal a y")]
    [InlineData("Mul x three n|Exp n e|Add e one a|Reciprocal a y")]
    [InlineData("Neg x n|Exp n e|Sub one e a|Reciprocal a y")]
    public void What_is_not_the_logistic_function_stays(string nodes) =>
        Assert.Empty(PassCheck.Decline(new SigmoidRecognition(), Numbers(17, nodes).Output("y").Build()));

    [Theory]
    [InlineData("e")]
    [InlineData("a")]
    public void A_graph_output_in_the_middle_keeps_Sigmoid_apart(string output) =>
        Assert.Single(PassCheck.Decline(new SigmoidRecognition(), Numbers(17, "Neg x n|Exp n e|Add e one a|Div one a y").Output(output).Output("y").Build()));

    [Fact]
    public void Both_happen_in_branches()
    {
        OnnxModel model = Numbers().Input("flag", ElementType.Bool)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Neg", "x -> n").Node("Exp", "n -> e").Node("Add", "e one -> a").Node("Div", "x a -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Add", "x three -> p").Node("Clip", "p zero six -> c").Node("Mul", "x c -> q").Node("Div", "q six -> z").Output("z"))))
            .Output("y").Build();

        Graph[] branches = [.. PassCheck.Rewrite(new HardSwishRecognition(), PassCheck.Rewrite(new SigmoidRecognition(), model)).Graph.Nodes[0].Subgraphs];

        Assert.Equal(["Sigmoid", "Mul"], branches[0].Nodes.Select(n => n.OpType));
        Assert.Equal(["HardSwish"], branches[1].Nodes.Select(n => n.OpType));
    }

    private static OnnxModel Rewrite(string nodes, long opset = 17) => PassCheck.Rewrite(new HardSwishRecognition(), Numbers(opset, nodes).Output("y").Build());

    private static ModelBuilder Numbers(long opset = 17, string nodes = "")
    {
        ModelBuilder builder = new ModelBuilder(opset).Input("x", "N", 40)
            .Constant("zero", Tensor.Scalar(0f)).Constant("one", Tensor.Scalar(1f)).Constant("three", Tensor.Scalar(3f)).Constant("six", Tensor.Scalar(6f))
            .Constant("sixth", Tensor.Scalar(1f / 6)).Constant("half", Tensor.Scalar(0.5f)).Constant("minus", Tensor.Scalar(-1f));
        foreach (string[] words in nodes.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(n => n.Split(' ')))
        {
            builder.Node(words[0], $"{string.Join(' ', words[1..^1])} -> {words[^1]}");
        }

        return builder;
    }
}
