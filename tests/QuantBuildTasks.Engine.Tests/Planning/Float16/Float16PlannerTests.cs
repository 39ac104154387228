using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Tests.Rewriting.Float16;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning.Float16;

public sealed class Float16PlannerTests
{
    [Fact]
    public void Results_beyond_a_quarter_of_the_range_keep_their_node_and_its_readers_float32()
    {
        HalfModel model = HalfModel.Of(Products().Node("MatMul", "x w -> a").Node("Mul", "a k -> b").Node("Div", "b k -> d").Node("MatMul", "d v -> y").Output("y"));

        Assert.Contains("its results reach", Reason(model, "Mul_b"), StringComparison.Ordinal);
        Assert.Contains("its input 'b' reaches", Reason(model, "Div_d"), StringComparison.Ordinal);
        Assert.Null(Reason(model, "MatMul_a"));
        Assert.Null(Reason(model, "MatMul_y"));
    }

    [Fact]
    public void A_mask_of_huge_numbers_stays_float32_up_to_the_operator_that_bounds_it_though_calibration_met_none()
    {
        // The mask is 0 everywhere in the sample: what it multiplies decides.
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8).Constant("zero", Tensor.Scalar(0f)).Constant("huge", Tensor.Scalar(-1e9f))
                .Node("MatMul", "x w -> a").Node("Mul", "x zero -> z").Node("Mul", "z huge -> m").Node("Add", "a m -> s").Node("Softmax", "s -> p").Node("MatMul", "p v -> y").Output("y"));

        Assert.Contains("'huge' holds numbers beyond 65,504", Reason(model, "Mul_m"), StringComparison.Ordinal);
        Assert.Contains("is made with stored numbers beyond", Reason(model, "Add_s"), StringComparison.Ordinal);
        Assert.Contains("is made with stored numbers beyond", Reason(model, "Softmax_p"), StringComparison.Ordinal);
        Assert.Null(Reason(model, "MatMul_y"));
        Assert.InRange(model.WorstError(), 0, 4e-3);
    }

    [Fact]
    public void Infinities_are_not_calibrated()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 4).Weight("w", 4, 4).Weight("v", 4, 4).Constant("mask", Tensor.Of([0f, float.NegativeInfinity, 0f, 0f], 1, 4))
                .Node("MatMul", "x w -> a").Node("Add", "a mask -> s").Node("Softmax", "s -> p").Node("MatMul", "p v -> y").Output("y"));

        Assert.Equal(NodePrecision.Float32, model.Decision("Softmax_p").Precision);
        Assert.InRange(model.WorstError(), 0, 4e-3);
    }

    [Fact]
    public void A_weight_beyond_the_range_keeps_its_layer_float32()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 2).Constant("w", Tensor.Of([1f, 70_000f, 1f, 1f], 2, 2)).Node("MatMul", "x w -> y").Output("y"));

        Assert.Contains("'w' holds numbers beyond 65,504", Reason(model, "MatMul_y"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bound_beyond_the_range_bounds_nothing_and_stops_nothing()
    {
        HalfModel model = HalfModel.Of(
            Products().Constant("low", Tensor.Scalar(0f)).Constant("high", Tensor.Scalar(float.MaxValue))
                .Node("MatMul", "x w -> a").Node("Clip", "a low high -> c").Node("MatMul", "c v -> y").Output("y"));

        Assert.Null(Reason(model, "Clip_c"));
        Assert.InRange(model.WorstError(), 1e-7, 4e-3);
    }

    [Fact]
    public void The_epsilon_of_a_norm_is_not_lost()
    {
        // √(mean(x²) + ε) of zeros is √ε: with ε flushed to zero the division would give NaN.
        HalfModel model = HalfModel.Of(
            Products().Constant("two", Tensor.Scalar(2f)).Constant("epsilon", Tensor.Scalar(1e-12f))
                .Node("MatMul", "x w -> a").Node("Pow", "a two -> q").Node("ReduceMean", "q -> m", ("keepdims", 1)).Node("Add", "m epsilon -> e").Node("Sqrt", "e -> s").Node("Div", "a s -> n")
                .Node("MatMul", "n v -> y").Output("y"),
            scale: 0);

        Assert.Contains("'epsilon' are so small", Reason(model, "Add_e"), StringComparison.Ordinal);
        Assert.Contains("few digits left", Reason(model, "Sqrt_s"), StringComparison.Ordinal);
        Assert.Contains("comes down to", Reason(model, "Div_n"), StringComparison.Ordinal);
        Assert.Equal(0, model.WorstError());
    }

    [Fact]
    public void A_tiny_bias_of_a_layer_is_one_number_of_many()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Constant("b", Tensor.Of([.. Enumerable.Repeat(1e-6f, 8)], 8)).Node("Gemm", "x w b -> y").Output("y"));

        Assert.Null(Reason(model, "Gemm_y"));
    }

    [Fact]
    public void A_mean_whose_sum_leaves_the_range_stays_float32()
    {
        // 4,096 numbers of about 25: the mean fits well, their sum of about 100,000 does not.
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 1, 2, 64, 64).Weight("w", 2, 2, 1, 1).Weight("v", 2, 3).Constant("k", Tensor.Scalar(50f))
                .Node("Conv", "x w -> c").Node("Sigmoid", "c -> s").Node("Mul", "s k -> m").Node("GlobalAveragePool", "m -> p").Node("Flatten", "p -> f").Node("MatMul", "f v -> y").Output("y"));

        Assert.Contains("its sums can reach", Reason(model, "GlobalAveragePool_p"), StringComparison.Ordinal);
        Assert.Null(Reason(model, "Mul_m"));
    }

    [Fact]
    public void Nodes_that_save_less_than_their_conversions_cost_stay_float32()
    {
        HalfModel alone = HalfModel.Of(new ModelBuilder().Input("x", 4, 8).Node("Relu", "x -> y").Output("y"));
        HalfModel beside = HalfModel.Of(Products().Node("MatMul", "x w -> a").Node("Relu", "a -> y").Output("y"));

        Assert.Equal("the conversions around it would cost more than float16 saves", Reason(alone, "Relu_y"));
        Assert.False(alone.Plan.ChangesAnything);
        Assert.Null(Reason(beside, "Relu_y"));
    }

    [Fact]
    public void Operators_without_a_kernel_and_those_that_make_integers_stay_float32()
    {
        HalfModel model = HalfModel.Of(
            Products().Node("MatMul", "x w -> a").Node("Mish", "a -> b").Node("Cast", "a -> i", ("to", 6)).Node("MatMul", "b v -> y").Output("y").Output("i", ElementType.Int32));

        Assert.Equal("Mish has no float16 kernel on cuda", Reason(model, "Mish_b"));
        Assert.Contains("whole step", Reason(model, "Cast_i"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_node_that_stays_float32_has_a_reason_and_no_other_has_one()
    {
        HalfModel model = HalfModel.Of(Products().Node("MatMul", "x w -> a").Node("Mul", "a k -> b").Node("Softmax", "b -> y").Output("y"), n => n.Is("Softmax") ? "kept by the user" : null);

        Assert.All(model.Plan.Nodes, n => Assert.Equal(n.Precision == NodePrecision.Float32, n.Reason is not null));
        Assert.Equal("kept by the user", Reason(model, "Softmax_y"));
        Assert.InRange(model.Plan.Float16Share, 0.999, 1);
        Assert.Equal(0, model.Plan.IntegerShare);
    }

    private static ModelBuilder Products() =>
        new ModelBuilder(18).Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8).Constant("k", Tensor.Scalar(60_000f));

    private static string? Reason(HalfModel model, string node) => model.Decision(node).Reason;
}
