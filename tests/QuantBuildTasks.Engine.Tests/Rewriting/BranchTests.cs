using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Planning;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

public sealed class BranchTests
{
    private static ModelBuilder Images() => new ModelBuilder().Input("x", "N", 4, 8, 8).Input("c", ElementType.Bool, "M");

    private static void Then(ModelBuilder branch) => branch
        .Weight("w1", 6, 4, 3, 3).Weight("b1", 6).Node("Conv", "x w1 b1 -> a1").Node("Relu", "a1 -> r1")
        .Weight("v1", 4, 6, 1, 1).Node("Conv", "r1 v1 -> y1").Output("y1");

    private static void Else(ModelBuilder branch) => branch.Weight("w2", 4, 4, 3, 3).Node("Conv", "x w2 -> y2").Output("y2");

    [Fact]
    public void Both_branches_run_as_integers()
    {
        BranchModel quantized = BranchModel.Of(Images().Node("If", "c -> y", ("then_branch", Body(Then)), ("else_branch", Body(Else))).Output("y"));

        Assert.Equal(
            ["If", "DequantizeLinear QLinearConv QuantizeLinear", "DequantizeLinear QLinearConv QLinearConv QuantizeLinear"],
            quantized.OptimizedOperators());
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.InRange(quantized.SqnrDb(false), 30, 80);
        KernelCensus census = quantized.Census();
        Assert.Null(census.Defect);
        Assert.Equal((3, 1.0), (census.IntegerKernels, census.IntegerShare));
    }

    [Fact]
    public void Branch_that_no_sample_takes_stays_float_and_says_why()
    {
        BranchModel quantized = BranchModel.Of(Images().Node("If", "c -> y", ("then_branch", Body(Then)), ("else_branch", Body(Else))).Output("y"), conditions: true);

        Assert.Equal((NodePrecision.Float32, Subgraph.Untaken, 0L), (quantized.Decision("Conv_y2").Precision, quantized.Decision("Conv_y2").Reason, quantized.Decision("Conv_y2").MultiplyAdds));
        Assert.Equal(NodePrecision.Integer, quantized.Decision("Conv_y1").Precision);
        Assert.Equal(1, quantized.Plan.IntegerShare);
        Assert.Equal(double.PositiveInfinity, quantized.SqnrDb(false));
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.Null(quantized.Census().Defect);
    }

    [Fact]
    public void Result_of_an_outer_layer_reaches_the_branch_as_integers()
    {
        BranchModel quantized = BranchModel.Of(Images().Weight("w", 4, 4, 1, 1).Node("Conv", "x w -> o").Node("If", "c -> y",
            ("then_branch", Body(b => b.Weight("w1", 4, 4, 1, 1).Node("Conv", "o w1 -> y1").Output("y1"))),
            ("else_branch", Body(b => b.Node("Tanh", "o -> y2").Output("y2")))).Output("y"));

        string[] operators = quantized.OptimizedOperators();

        Assert.Equal(["DequantizeLinear If QLinearConv QuantizeLinear", "Tanh", "DequantizeLinear QLinearConv"], operators);
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.InRange(quantized.SqnrDb(false), 30, 80);
    }

    [Fact]
    public void Outer_layer_that_branches_alone_read_is_not_dequantized_around_them()
    {
        BranchModel quantized = BranchModel.Of(Images().Weight("w", 4, 4, 1, 1).Node("Conv", "x w -> o").Node("If", "c -> y",
            ("then_branch", Body(b => b.Weight("w1", 4, 4, 1, 1).Node("Conv", "o w1 -> y1").Output("y1"))),
            ("else_branch", Body(b => b.Weight("w2", 4, 4, 1, 1).Node("Conv", "o w2 -> y2").Output("y2")))).Output("y"));

        Assert.Equal(["If QLinearConv QuantizeLinear", "DequantizeLinear QLinearConv", "DequantizeLinear QLinearConv"], quantized.OptimizedOperators());
        Assert.InRange(quantized.SqnrDb(), 30, 80);
    }

    [Fact]
    public void Weight_that_both_branches_read_from_outside_is_stored_once_and_multiplied_as_integers()
    {
        BranchModel quantized = BranchModel.Of(Images().Weight("w", 4, 4, 3, 3).Weight("b", 4).Node("If", "c -> y",
            ("then_branch", Body(b => b.Node("Conv", "x w b -> y1").Output("y1"))),
            ("else_branch", Body(b => b.Node("Neg", "x -> n").Node("Conv", "n w b -> y2").Output("y2")))).Output("y"));

        Assert.Equal(["If", "DequantizeLinear Neg QLinearConv QuantizeLinear", "DequantizeLinear QLinearConv QuantizeLinear"], quantized.OptimizedOperators());
        Assert.Single(quantized.Model.Graph.SelfAndSubgraphs().SelectMany(g => g.Initializers), i => i.Type == ElementType.Int8 && i.Initializer!.Length == 144);
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.InRange(quantized.SqnrDb(false), 30, 80);
    }

    [Theory]
    [InlineData("MatMul", "MatMulIntegerToFloat")]
    [InlineData("Gemm", "QGemm")]
    public void Matrix_products_in_branches_leave_float32(string op, string kernel)
    {
        BranchModel quantized = BranchModel.Of(new ModelBuilder().Input("x", "N", 16).Input("c", ElementType.Bool, "M").Weight("w", 16, 8).Node("If", "c -> y",
            ("then_branch", Body(b => b.Node(op, "x w -> y1").Output("y1"))),
            ("else_branch", Body(b => b.Weight("w2", 16, 8).Node(op, "x w2 -> y2").Output("y2")))).Output("y"));

        Assert.Equal(["If", $"{kernel} QuantizeLinear", $"{kernel} QuantizeLinear"], quantized.OptimizedOperators());
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.InRange(quantized.SqnrDb(false), 30, 80);
    }

    [Fact]
    public void Branches_of_branches_run_as_integers()
    {
        BranchModel quantized = BranchModel.Of(Images().Constant("no", Tensor.Scalar(false)).Node("Not", "no -> yes").Node("If", "c -> y",
            ("then_branch", Body(b => b.Weight("w", 4, 4, 1, 1).Node("Conv", "x w -> o")
                .Node("If", "c -> i", ("then_branch", Body(Then)), ("else_branch", Body(e => e.Weight("u", 4, 4, 1, 1).Node("Conv", "o u -> e1").Output("e1"))))
                .Weight("z", 4, 4, 1, 1).Node("Conv", "i z -> y3").Output("y3"))),
            ("else_branch", Body(Else))).Output("y"));

        Assert.Null(quantized.Census().Defect);
        Assert.Equal(Subgraph.Untaken, quantized.Decision("Conv_e1").Reason);
        Assert.All(["Conv_a1", "Conv_y1", "Conv_y3", "Conv_y2"], n => Assert.Equal(NodePrecision.Integer, quantized.Decision(n).Precision));
        Assert.InRange(quantized.SqnrDb(), 30, 80);
    }

    [Fact]
    public void Branches_that_use_the_same_names_are_told_apart()
    {
        static void Branch(ModelBuilder b, float factor) => b.Constant("k", Tensor.Scalar(factor)).Node("Mul", "x k -> m").Weight("w", 4, 4, 1, 1).Node("Conv", "m w -> o").Output("o");
        BranchModel quantized = BranchModel.Of(Images().Node("If", "c -> y", ("then_branch", Body(b => Branch(b, 1))), ("else_branch", Body(b => Branch(b, 1000)))).Output("y"));

        Assert.Equal(quantized.Plan.Activations.Select(a => a.Value).Distinct(), quantized.Plan.Activations.Select(a => a.Value));
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
        Assert.InRange(quantized.SqnrDb(false), 30, 80);
    }

    [Fact]
    public void Clamp_in_a_branch_is_not_folded_into_an_outer_layer()
    {
        BranchModel quantized = BranchModel.Of(Images().Weight("w", 4, 4, 1, 1).Node("Conv", "x w -> o").Node("If", "c -> y",
            ("then_branch", Body(b => b.Weight("w1", 4, 4, 1, 1).Node("Relu", "o -> r").Node("Conv", "r w1 -> y1").Output("y1"))),
            ("else_branch", Body(b => b.Node("Neg", "x -> y2").Output("y2")))).Output("y"));

        Assert.Equal(NodePrecision.Float32, quantized.Decision("Relu_r").Precision);
        Assert.InRange(quantized.SqnrDb(true), 30, 80);
    }
}
