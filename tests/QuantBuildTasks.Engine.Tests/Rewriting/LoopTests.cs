using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

public sealed class LoopTests
{
    private static ModelBuilder Rows() => new ModelBuilder().Input("x", "N", 8);

    private static ModelBuilder Looped(Action<ModelBuilder> work) => Rows().Constant("turns", Tensor.Scalar(3L)).Constant("yes", Tensor.Scalar(true))
        .Node("Loop", "turns yes x -> last all", ("body", Body(b =>
        {
            b.Input("turn", ElementType.Int64).Input("on", ElementType.Bool).Input("carried", "N", 8).Node("Identity", "on -> go");
            work(b);
        })));

    [Fact]
    public void Product_with_a_captured_value_runs_as_integers_and_is_converted_once_before_the_loop()
    {
        BranchModel quantized = BranchModel.Of(
            Looped(b => b.Weight("w", 8, 8).Node("MatMul", "x w -> p").Node("Add", "carried p -> next").Node("Tanh", "p -> seen")
                .Output("go", ElementType.Bool).Output("next").Output("seen")).Output("last").Output("all"));

        Assert.Equal(NodePrecision.Integer, quantized.Decision("MatMul_p").Precision);
        Assert.Equal(["Loop QuantizeLinear", "Add Identity MatMulIntegerToFloat Tanh"], quantized.OptimizedOperators().Select(o => o.Replace("Cast ", "", StringComparison.Ordinal)));
        Assert.InRange(quantized.SqnrDb(), 30, 80);
    }

    [Fact]
    public void What_is_carried_from_turn_to_turn_stays_float_since_its_sizes_could_change()
    {
        BranchModel quantized = BranchModel.Of(
            Looped(b => b.Weight("w", 8, 8).Node("MatMul", "carried w -> p").Node("Tanh", "p -> next").Node("Identity", "next -> seen").Weight("u", 8, 8).Node("MatMul", "x u -> q").Node("Neg", "q -> r")
                .Output("go", ElementType.Bool).Output("next").Output("r")).Output("last").Output("all"));

        Assert.Contains("'carried' can change from turn to turn", quantized.Decision("MatMul_p").Reason, StringComparison.Ordinal);
        Assert.Equal(NodePrecision.Integer, quantized.Decision("MatMul_q").Precision);
        Assert.InRange(quantized.SqnrDb(), 30, double.PositiveInfinity);
    }

    [Fact]
    public void Values_inside_a_body_are_calibrated_over_all_turns()
    {
        BranchModel quantized = BranchModel.Of(
            Looped(b => b.Node("Cast", "turn -> t", ("to", (int)ElementType.Float32)).Node("Mul", "x t -> scaled").Weight("w", 8, 8).Node("MatMul", "scaled w -> p").Weight("v", 8, 8).Node("MatMul", "p v -> q")
                .Node("Identity", "carried -> next").Output("go", ElementType.Bool).Output("next").Output("q")).Output("all"));

        ActivationFormat scaled = quantized.Plan.Activations.Single(a => a.Value == "scaled");
        Assert.InRange(255 * scaled.Scale, 3.5, 4.0); // turns 0, 1, 2 times numbers in −1…1
        Assert.Null(quantized.Census().Defect);
        Assert.InRange(quantized.SqnrDb(), 30, 80);
    }

    [Fact]
    public void Body_of_a_scan_runs_as_integers()
    {
        BranchModel quantized = BranchModel.Of(new ModelBuilder().Input("x", "N", 4, 8).Constant("axis", Tensor.Vector(1L)).Node("ReduceSum", "x axis -> start", ("keepdims", 0))
            .Node("Scan", "start x -> last all", ("num_scan_inputs", 1), ("scan_input_axes", Ints(1)), ("scan_output_axes", Ints(1)), ("body", Body(b => b
                .Input("sum", "N", 8).Input("row", "N", 8).Node("Add", "sum row -> next").Weight("w", 8, 8).Node("MatMul", "row w -> p")
                .Weight("v", 8, 8).Node("MatMul", "next v -> q").Node("Sub", "p q -> given")
                .Output("next").Output("given")))).Output("all"));

        Assert.Equal(NodePrecision.Integer, quantized.Decision("MatMul_q").Precision);
        Assert.Equal(NodePrecision.Integer, quantized.Decision("MatMul_p").Precision);
        Assert.Null(quantized.Census().Defect);
        Assert.InRange(quantized.SqnrDb(), 25, 120);
    }

    [Fact]
    public void Branch_inside_a_body_stays_float_since_turns_that_take_another_give_nothing_to_calibrate_on()
    {
        BranchModel quantized = BranchModel.Of(
            Looped(b => b.Constant("one", Tensor.Scalar(1L)).Node("Equal", "turn one -> second").Node("If", "second -> p",
                    ("then_branch", Body(t => t.Weight("w", 8, 8).Node("MatMul", "x w -> p1").Output("p1"))),
                    ("else_branch", Body(e => e.Node("Neg", "x -> p2").Output("p2"))))
                .Node("Identity", "carried -> next").Output("go", ElementType.Bool).Output("next").Output("p")).Output("all"));

        Assert.Contains("a branch inside the body of a Loop", quantized.Decision("MatMul_p1").Reason, StringComparison.Ordinal);
        Assert.Equal(double.PositiveInfinity, quantized.SqnrDb());
    }
}
