using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning;

public class PlacementTests
{
    private static ModelBuilder Images() => new ModelBuilder().Input("x", "N", 4, 8, 8).Weight("w", 4, 4, 1, 1).Weight("v", 4, 4, 1, 1);

    [Fact]
    public void Operator_without_integer_kernel_stays_float_and_says_so()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Tanh", "a -> y").Output("y"));

        NodeDecision decision = quantized.Decision("Tanh_y");
        Assert.Equal(NodePrecision.Float32, decision.Precision);
        Assert.Equal("Tanh has no integer kernel on x64-vnni", decision.Reason);
    }

    [Fact]
    public void Node_that_stays_float_has_no_conversions_around_it()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 4, 8, 8).Node("Tanh", "x -> t").Node("GlobalAveragePool", "t -> y").Output("y"));

        Assert.Equal(["Tanh", "GlobalAveragePool"], quantized.Model.Graph.Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void Arithmetic_on_float_inputs_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Tanh", "x -> t").Node("GlobalAveragePool", "t -> g").Node("Conv", "g w -> y").Output("y"));

        Assert.Equal("its input 't' is float32, and converting it would cost more than it saves", quantized.Decision("GlobalAveragePool_g").Reason);
        Assert.Equal(NodePrecision.Integer, quantized.Decision("Conv_y").Precision);
    }

    [Fact]
    public void Arithmetic_before_float_readers_only_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Sigmoid", "a -> y").Output("y"));

        Assert.Equal("nothing behind it runs as integers", quantized.Decision("Sigmoid_y").Reason);
    }

    [Fact]
    public void Chain_of_movers_before_a_float_reader_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a")
            .Node("Transpose", "a -> b", ("perm", Ints(0, 1, 3, 2))).Node("Flatten", "b -> y").Output("y"));

        Assert.Equal(NodePrecision.Float32, quantized.Decision("Flatten_y").Precision);
        Assert.Equal(NodePrecision.Float32, quantized.Decision("Transpose_b").Precision);
    }

    [Fact]
    public void Pool_of_a_float_value_that_a_convolution_converts_anyway_is_integer()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a")
            .Node("MaxPool", "x -> p", ("kernel_shape", Ints(1, 1))).Node("Conv", "p v -> b").Node("Add", "a b -> s").Weight("u", 4, 4, 1, 1).Node("Conv", "s u -> y").Output("y"));

        Assert.Equal(NodePrecision.FollowsInput, quantized.Decision("MaxPool_p").Precision);
    }

    [Fact]
    public void Relu_whose_input_is_read_twice_stays()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Relu", "a -> r").Node("Add", "a r -> s").Node("Conv", "s v -> y").Output("y"));

        Assert.Equal("its producer is not an integer node that nothing else reads", quantized.Decision("Relu_r").Reason);
        Assert.Contains(quantized.Model.Graph.Nodes, n => n.OpType == "Relu");
        Assert.All(quantized.SqnrDb(), db => Assert.True(db > 25));
    }

    [Fact]
    public void Relu_whose_input_is_a_graph_output_stays()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Relu", "a -> r").Node("Conv", "r v -> y").Output("y").Output("a"));

        Assert.Contains(quantized.Model.Graph.Nodes, n => n.OpType == "Relu");
        Assert.Equal(["y", "a"], quantized.Model.Graph.Outputs.Select(o => o.Name));
        Assert.All(quantized.SqnrDb(), db => Assert.True(db > 25));
    }

    [Fact]
    public void Clip_that_leaves_out_zero_stays()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("low", Tensor.Scalar(0.5f)).Node("Conv", "x w -> a").Node("Clip", "a low -> c").Node("Conv", "c v -> y").Output("y"));

        Assert.Equal("its bounds leave out zero, which an 8-bit format must hold", quantized.Decision("Clip_c").Reason);
    }

    [Fact]
    public void Convolution_whose_weight_is_computed_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Input("k", 4, 4, 1, 1).Node("Conv", "x k -> y").Output("y"));

        Assert.Equal("the weight is not stored in the model", quantized.Decision("Conv_y").Reason);
    }

    [Fact]
    public void Gemm_with_alpha_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 4).Weight("w", 4, 4).Weight("b", 4).Node("Gemm", "x w b -> y", ("alpha", 2f)).Output("y"));

        Assert.Equal("alpha or beta is not 1", quantized.Decision("Gemm_y").Reason);
    }

    [Fact]
    public void Stack_of_matrices_stays_float_because_its_kernels_fail_when_they_run()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", 2, 4, 16).Weight("w", 2, 16, 8).Node("MatMul", "x w -> m")
            .Weight("v", 8, 4).Node("MatMul", "m v -> y").Output("y"));

        Assert.Equal("the weight is not a single matrix", quantized.Decision("MatMul_m").Reason);
        Assert.InRange(quantized.SqnrDb()[0], 25, 80);
    }

    [Fact]
    public void Node_kept_by_the_user_stays_float_with_the_users_reason()
    {
        QuantizedModel quantized = QuantizedModel.Of(
            Images().Node("Conv", "x w -> a").Node("Conv", "a v -> y").Output("y"),
            n => n.DisplayName == "Conv_a" ? "kept by KeepFloat" : null);

        Assert.Equal("kept by KeepFloat", quantized.Decision("Conv_a").Reason);
        Assert.Equal("Conv DequantizeLinear QLinearConv QuantizeLinear", quantized.OptimizedOperators());
    }

    [Fact]
    public void Multiply_adds_count_one_sample()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 4, 8, 8).Weight("w", 6, 2, 3, 3).Node("Conv", "x w -> c", ("group", 2)).Output("c")
            .Node("Flatten", "c -> f").Weight("v", 10, 216).Node("Gemm", "f v -> y", ("transB", 1)).Output("y"));

        Assert.Equal(6 * 6 * 6 * 2 * 3 * 3, quantized.Decision("Conv_c").MultiplyAdds);
        Assert.Equal(216 * 10, quantized.Decision("Gemm_y").MultiplyAdds);
    }

    [Fact]
    public void Multiply_adds_of_a_recurrent_layer_count_every_step()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", 7, 2, 3).Weight("w", 1, 20, 3).Weight("r", 1, 20, 5)
            .Node("LSTM", "x w r -> y", ("hidden_size", 5)).Output("y"));

        Assert.Equal(7 * ((20 * 3) + (20 * 5)), quantized.Decision("LSTM_y").MultiplyAdds);
    }

    [Theory]
    [InlineData(-1e9f)]
    [InlineData(float.NegativeInfinity)]
    public void Addition_of_a_mask_stays_float(float hidden)
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("mask", Tensor.Of(new[] { 0, hidden, 0, 0 }, 1, 4, 1, 1))
            .Node("Conv", "x w -> a").Node("Add", "a mask -> s").Node("Softmax", "s -> p", ("axis", 1)).Node("Conv", "p v -> y").Output("y"));

        Assert.StartsWith("its constant holds infinities or numbers beyond", quantized.Decision("Add_s").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Clip_whose_bounds_cross_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("low", Tensor.Scalar(2f)).Constant("high", Tensor.Scalar(-1f))
            .Node("Conv", "x w -> a").Node("Clip", "a low high -> c").Node("Conv", "c v -> y").Output("y"));

        Assert.Equal("its bounds are not stored in the model, or cross", quantized.Decision("Clip_c").Reason);
    }

    [Fact]
    public void Dilated_average_pool_and_cropping_resize_stay_float()
    {
        QuantizedModel pool = QuantizedModel.Of(new ModelBuilder(19).Input("x", "N", 4, 8, 8).Weight("w", 4, 4, 1, 1).Weight("v", 4, 4, 1, 1)
            .Node("Conv", "x w -> a").Node("AveragePool", "a -> p", ("kernel_shape", Ints(2, 2)), ("dilations", Ints(2, 2))).Node("Conv", "p v -> y").Output("y"));
        QuantizedModel resize = QuantizedModel.Of(Images().Constant("roi", Tensor.Vector<float>(0, 0, 0, 0, 1, 1, 1, 2)).Constant("scales", Tensor.Vector<float>(1, 1, 2, 2))
            .Node("Conv", "x w -> a").Node("Resize", "a roi scales -> r", ("mode", "nearest"), ("coordinate_transformation_mode", "tf_crop_and_resize")).Node("Conv", "r v -> y").Output("y"));

        Assert.Equal("its window is dilated, which the integer kernel does not know", pool.Decision("AveragePool_p").Reason);
        Assert.Equal("it fills in a value for what lies outside", resize.Decision("Resize_r").Reason);
    }

    [Fact]
    public void Every_operator_of_a_profile_has_a_rule() =>
        Assert.All(BuiltInProfiles.All.Where(p => p.Format == NumberFormat.Integer8).SelectMany(p => p.Operators), o => Assert.True(OperatorTable.Knows(o), o));
}
