using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>What ONNX Runtime makes of our QDQ: integer kernels, and no conversion that we did not mean.</summary>
public class FusionTests
{
    private static ModelBuilder Images(int channels = 4) => new ModelBuilder().Input("x", "N", channels, 8, 8);

    private static void Holds(QuantizedModel quantized, string operators, double sqnr = 30)
    {
        Assert.Equal(operators, quantized.OptimizedOperators());
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= sqnr, $"{db:0.0} dB"));
    }

    [Fact]
    public void Conv_with_bias_and_relu_is_one_integer_kernel() => Holds(
        QuantizedModel.Of(Images().Weight("w", 8, 4, 3, 3).Weight("b", 8).Node("Conv", "x w b -> c").Node("Relu", "c -> y").Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Fact]
    public void Conv_without_bias_is_an_integer_kernel() => Holds(
        QuantizedModel.Of(Images().Weight("w", 8, 4, 3, 3).Node("Conv", "x w -> y").Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Theory]
    [InlineData(4, 1)]
    [InlineData(2, 2)]
    public void Depthwise_and_grouped_conv_are_integer_kernels(int groups, int inputsPerGroup) => Holds(
        QuantizedModel.Of(Images().Weight("w", 8, inputsPerGroup, 3, 3).Weight("b", 8).Node("Conv", "x w b -> y", ("group", groups)).Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Fact]
    public void Conv_over_time_is_an_integer_kernel() => Holds(
        QuantizedModel.Of(new ModelBuilder().Input("x", "N", 4, 16).Weight("w", 8, 4, 3).Node("Conv", "x w -> y").Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Fact]
    public void Conv_over_volumes_is_an_integer_kernel() => Holds(
        QuantizedModel.Of(new ModelBuilder().Input("x", "N", 2, 5, 5, 5).Weight("w", 4, 2, 3, 3, 3).Node("Conv", "x w -> y").Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Fact]
    public void Conv_with_as_many_inputs_as_outputs_reads_scales_along_the_outputs() => Holds(
        QuantizedModel.Of(Images().Constant("w", Uneven(4, 4, 3, 3)).Node("Conv", "x w -> y").Output("y")),
        "DequantizeLinear QLinearConv QuantizeLinear");

    [Theory]
    [InlineData("Relu", "DequantizeLinear QGemm QuantizeLinear")]
    [InlineData("Sigmoid", "DequantizeLinear QGemm QuantizeLinear Sigmoid")]
    [InlineData("Tanh", "DequantizeLinear QGemm QuantizeLinear Tanh")]
    [InlineData("Elu", "DequantizeLinear Elu QGemm QuantizeLinear")]
    public void Gemm_before_a_float_activation_is_an_integer_kernel(string activation, string operators) => Holds(
        QuantizedModel.Of(new ModelBuilder().Input("x", "N", 16).Weight("w", 16, 8).Weight("b", 8).Node("Gemm", "x w b -> g").Node(activation, "g -> y").Output("y")),
        operators);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Last_gemm_is_an_integer_kernel_with_float_result(int transposed) => Holds(
        QuantizedModel.Of(Rows().Constant("w", Uneven(16, 16)).Weight("b", 16).Node("Gemm", "x w b -> y", ("transB", transposed)).Output("y")),
        "QGemm QuantizeLinear");

    [Fact]
    public void Gemm_without_bias_is_an_integer_kernel() => Holds(
        QuantizedModel.Of(Rows().Weight("w", 16, 8).Node("Gemm", "x w -> y").Output("y")),
        "QGemm QuantizeLinear");

    [Fact]
    public void Gemm_before_gemm_hands_over_integers() => Holds(
        QuantizedModel.Of(Rows().Weight("w", 16, 8).Weight("b", 8).Node("Gemm", "x w b -> h").Node("Relu", "h -> r").Weight("v", 8, 4).Node("Gemm", "r v -> y").Output("y")),
        "QGemm QGemm QuantizeLinear",
        25);

    [Fact]
    public void Matmul_with_stored_weight_leaves_float() => Holds(
        QuantizedModel.Of(new ModelBuilder().Input("x", "N", 5, 16).Constant("w", Uneven(16, 16)).Node("MatMul", "x w -> y").Output("y")),
        "MatMulIntegerToFloat QuantizeLinear");

    [Fact]
    public void Matmul_before_matmul_hands_over_integers() => Holds(
        QuantizedModel.Of(new ModelBuilder().Input("x", "N", 5, 16).Weight("w", 16, 8).Weight("v", 8, 4).Node("MatMul", "x w -> h").Node("MatMul", "h v -> y").Output("y")),
        "MatMulIntegerToFloat QLinearMatMul QuantizeLinear",
        25);

    [Fact]
    public void Residual_addition_stays_among_integers() => Holds(
        QuantizedModel.Of(Images()
            .Weight("w1", 4, 4, 1, 1).Node("Conv", "x w1 -> a")
            .Weight("w2", 4, 4, 3, 3).Node("Conv", "a w2 -> b", ("pads", Ints(1, 1, 1, 1)))
            .Node("Add", "a b -> s").Node("Relu", "s -> r")
            .Weight("w3", 4, 4, 1, 1).Node("Conv", "r w3 -> y").Output("y")),
        "DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QuantizeLinear",
        25);

    [Fact]
    public void Stored_operand_of_an_addition_becomes_an_8_bit_constant() => Holds(
        QuantizedModel.Of(Between("Add", Images().Weight("k", 1, 4, 1, 1), "a k -> m")),
        "DequantizeLinear QLinearAdd QLinearConv QLinearConv QuantizeLinear",
        25);

    [Fact]
    public void Product_of_activations_stays_among_integers() => Holds(
        QuantizedModel.Of(Between("Mul", Images(), "a a -> m")),
        "DequantizeLinear QLinearConv QLinearConv QLinearMul QuantizeLinear",
        25);

    [Theory]
    [InlineData("Sigmoid", "QLinearConv QLinearConv QLinearSigmoid")]
    [InlineData("LeakyRelu", "QLinearConv QLinearConv QLinearLeakyRelu")]
    [InlineData("Softmax", "QLinearConv QLinearConv QLinearSoftmax")]
    [InlineData("GlobalAveragePool", "QLinearConv QLinearConv QLinearGlobalAveragePool")]
    public void Function_between_convolutions_is_an_integer_kernel(string opType, string kernels) => Holds(
        QuantizedModel.Of(Between(opType, Images(), "a -> m")),
        $"DequantizeLinear {kernels} QuantizeLinear",
        20);

    [Fact]
    public void Average_pool_is_an_integer_kernel() => Holds(
        QuantizedModel.Of(Between("AveragePool", Images(), "a -> m", ("kernel_shape", Ints(2, 2)))),
        "DequantizeLinear QLinearAveragePool QLinearConv QLinearConv QuantizeLinear",
        25);

    [Fact]
    public void Concatenated_branches_keep_their_own_scales()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images()
            .Weight("w1", 4, 4, 1, 1).Node("Conv", "x w1 -> a")
            .Constant("w2", Scaled(Random("w2", 4, 4, 1, 1), 0.01f)).Node("Conv", "x w2 -> b")
            .Node("Concat", "a b -> c", ("axis", 1))
            .Weight("w3", 4, 8, 1, 1).Node("Conv", "c w3 -> y").Output("y"));

        Holds(quantized, "DequantizeLinear QLinearConcat QLinearConv QLinearConv QLinearConv QuantizeLinear", 25);
        Assert.True(quantized.Plan.Activations.Single(a => a.Value == "a").Scale > 20 * quantized.Plan.Activations.Single(a => a.Value == "b").Scale);
    }

    [Fact]
    public void Clip_to_six_vanishes_into_the_range()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("w", Scaled(Random("w", 4, 4, 3, 3), 3)).Node("Conv", "x w -> c")
            .Constant("low", Tensor.Scalar(0f)).Constant("high", Tensor.Scalar(6f))
            .Node("Clip", "c low high -> y").Output("y"));

        Holds(quantized, "DequantizeLinear QLinearConv QuantizeLinear");
        Assert.Equal(6f / 255, quantized.Plan.Activations.Single(a => a.Value == "y").Scale);
    }

    [Theory]
    [InlineData("MaxPool", "a -> m", "MaxPool")]
    [InlineData("Transpose", "a -> m", "Transpose")]
    [InlineData("Reshape", "a shape -> m", "Reshape")]
    [InlineData("Slice", "a begin end -> m", "Slice")]
    [InlineData("Resize", "a _ double -> m", "Resize")]
    [InlineData("Tile", "a repeats -> m", "Tile")]
    [InlineData("DepthToSpace", "a -> m", "DepthToSpace")]
    [InlineData("Gather", "a indices -> m", "Gather")]
    [InlineData("ReduceMax", "a -> m", "ReduceMax")]
    public void Values_move_as_integers(string opType, string edges, string kernel)
    {
        ModelBuilder model = Images()
            .Constant("shape", Tensor.Vector<long>(0, 4, 4, 9))
            .Constant("begin", Tensor.Vector<long>(0, 0, 1, 1)).Constant("end", Tensor.Vector<long>(9, 9, 9, 9))
            .Constant("double", Tensor.Vector<float>(1, 1, 2, 2))
            .Constant("repeats", Tensor.Vector<long>(1, 1, 2, 1))
            .Constant("indices", Tensor.Vector<long>(0, 2, 1, 0));
        (string, object)[] attributes = opType switch
        {
            "MaxPool" => [("kernel_shape", Ints(2, 2))],
            "Transpose" => [("perm", Ints(0, 1, 3, 2))],
            "Resize" => [("mode", "nearest")],
            "DepthToSpace" => [("blocksize", 2)],
            "Gather" => [("axis", 2)],
            "ReduceMax" => [("axes", Ints(2, 3)), ("keepdims", 1)],
            _ => [],
        };
        int channels = opType == "DepthToSpace" ? 1 : 4;
        string expected = string.Join(' ', new[] { "DequantizeLinear", kernel, "QLinearConv", "QLinearConv", "QuantizeLinear" }.Order(StringComparer.Ordinal));

        Holds(QuantizedModel.Of(Between(opType, model, edges, attributes, channels)), expected, 25);
    }

    [Fact]
    public void Split_parts_share_the_scale_of_the_whole()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images()
            .Weight("w1", 4, 4, 1, 1).Node("Conv", "x w1 -> a")
            .Node("Split", "a -> p q", ("axis", 1))
            .Weight("w2", 4, 2, 1, 1).Node("Conv", "p w2 -> c")
            .Weight("w3", 4, 2, 1, 1).Node("Conv", "q w3 -> d")
            .Node("Add", "c d -> s").Weight("w4", 4, 4, 1, 1).Node("Conv", "s w4 -> y").Output("y"));

        Assert.Equal("DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QLinearConv QuantizeLinear Split", quantized.OptimizedOperators());
        Assert.Single(quantized.Plan.Activations.Where(a => a.Value is "a" or "p" or "q").Select(a => (a.Scale, a.ZeroPoint)).Distinct());
    }

    [Fact]
    public void Classifier_head_is_integers_from_end_to_end() => Holds(
        QuantizedModel.Of(Images()
            .Weight("w1", 8, 4, 3, 3).Weight("b1", 8).Node("Conv", "x w1 b1 -> c").Node("Relu", "c -> r")
            .Node("MaxPool", "r -> p", ("kernel_shape", Ints(2, 2)), ("strides", Ints(2, 2)))
            .Node("GlobalAveragePool", "p -> g").Node("Flatten", "g -> f")
            .Weight("w2", 10, 8).Weight("b2", 10).Node("Gemm", "f w2 b2 -> y", ("transB", 1)).Output("y")),
        "Flatten MaxPool QGemm QLinearConv QLinearGlobalAveragePool QuantizeLinear",
        25);

    [Fact]
    public void Pruned_channel_keeps_its_bias()
    {
        float[] weight = Random("w", 4, 4, 1, 1).Span<float>().ToArray();
        Array.Clear(weight, 0, 8);
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("w", Tensor.Of(weight, 4, 4, 1, 1)).Constant("b", Tensor.Vector(40f, -30f, 20f, 10f))
            .Constant("big", Tensor.Scalar(100f)).Node("Mul", "x big -> t").Node("Conv", "t w b -> y").Output("y"));

        Holds(quantized, "DequantizeLinear Mul QLinearConv QuantizeLinear");
    }

    [Theory]
    [InlineData("Conv", "w2", "Conv DequantizeLinear DequantizeLinear QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("ConvTranspose", "w2", "ConvTranspose DequantizeLinear DequantizeLinear QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    public void Layer_that_stays_float_between_integers_keeps_its_float_weight(string opType, string weight, string operators)
    {
        QuantizedModel quantized = QuantizedModel.Of(
            Images().Weight("w1", 4, 4, 1, 1).Node("Conv", "x w1 -> a").Node("Relu", "a -> r")
                .Constant("w2", Uneven(4, 4, 3, 3)).Weight("b2", 4).Node(opType, $"r {weight} b2 -> m").Node("Relu", "m -> n")
                .Weight("w3", 4, 4, 1, 1).Node("Conv", "n w3 -> y").Output("y"),
            n => n.DisplayName == $"{opType}_m" ? "kept" : null);

        Holds(quantized, operators);
    }

    [Fact]
    public void Gemm_that_stays_float_between_integers_keeps_its_float_weight() => Holds(
        QuantizedModel.Of(
            Rows().Weight("w1", 16, 8).Node("Gemm", "x w1 -> a").Node("Relu", "a -> r").Weight("v1", 8, 4).Node("Gemm", "r v1 -> z")
                .Constant("w2", Uneven(8, 8)).Weight("b2", 8).Node("Gemm", "r w2 b2 -> m", ("alpha", 0.5f))
                .Weight("w3", 8, 4).Node("Gemm", "m w3 -> y").Output("y").Output("z")),
        "DequantizeLinear Gemm QGemm QGemm QGemm QuantizeLinear QuantizeLinear",
        25);

    [Fact]
    public void Bias_is_float_in_the_file_where_the_result_is_rounded_and_int32_where_it_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Rows().Weight("w", 16, 8).Weight("b", 8).Node("Gemm", "x w b -> h").Node("Relu", "h -> r").Weight("v", 8, 4).Weight("c", 4).Node("Gemm", "r v c -> y").Output("y"));

        Holds(quantized, "QGemm QGemm QuantizeLinear", 25);
        Node[] layers = [.. quantized.Model.Graph.Nodes.Where(n => n.Is("Gemm"))];
        Assert.Equal("b", layers[0].Input(2)!.Name);
        Assert.Equal(ElementType.Int32, layers[1].Input(2)!.Producer!.Input(0)!.Constant!.Type);
    }

    [Fact]
    public void Conversion_stays_behind_a_float_pool()
    {
        QuantizedModel quantized = QuantizedModel.Of(
            Images().Weight("w", 8, 4, 3, 3).Node("Conv", "x w -> c").Node("Relu", "c -> r").Node("MaxPool", "r -> p", ("kernel_shape", Ints(2, 2)))
                .Weight("v", 8, 8, 1, 1).Node("Conv", "p v -> y").Output("y"),
            n => n.OpType is "Conv" && n.Output().Name == "c" || n.Is("MaxPool") || n.Is("Relu") ? "kept" : null);

        Holds(quantized, "DequantizeLinear FusedConv MaxPool QLinearConv QuantizeLinear");
        Assert.Equal("MaxPool", quantized.OptimizedNodes().Single(n => n.Is("QuantizeLinear")).Input(0)!.Producer!.OpType);
    }

    [Fact]
    public void Conversion_behind_a_float_pool_has_the_channels_of_the_pool_and_not_of_a_layer_before()
    {
        QuantizedModel quantized = QuantizedModel.Of(
            Images().Weight("w", 8, 4, 3, 3).Node("Conv", "x w -> c").Node("DepthToSpace", "c -> r", ("blocksize", 2L)).Node("MaxPool", "r -> p", ("kernel_shape", Ints(2, 2)))
                .Node("Neg", "p -> n").Weight("v", 8, 2, 1, 1).Node("Conv", "p v -> y").Output("y").Output("n"),
            n => n.Output().Name is "c" or "r" or "p" ? "kept" : null);

        Assert.Equal(2, quantized.Model.Graph.Nodes.First(n => n.Is("QuantizeLinear") && n.Input(0)!.Name == "p").Input(1)!.Constant!.Length);
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 30));
    }

    [Fact]
    public void Pool_of_what_comes_as_float_is_not_computed_in_integers()
    {
        QuantizedModel quantized = QuantizedModel.Of(
            new ModelBuilder().Input("x", "N", 64, 28, 28).Node("MaxPool", "x -> p", ("kernel_shape", Ints(3, 3)), ("strides", Ints(2, 2)))
                .Weight("v", 64, 64, 3, 3).Node("Conv", "p v -> y").Output("y"),
            profile: BuiltInProfiles.X64Vnni);

        Assert.Equal(NodePrecision.Integer, quantized.Decision("Conv_y").Precision);
        Assert.Equal(NodePrecision.Float32, quantized.Decision("MaxPool_p").Precision);
    }

    [Fact]
    public void Fused_kernels_give_what_the_file_says_to_one_step()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Weight("w", 8, 4, 3, 3).Weight("b", 8).Node("Conv", "x w b -> c").Node("Relu", "c -> y").Output("y"));

        Assert.True(quantized.FusedStepsOff(quantized.Plan.Activations.Single(a => a.Value == "y").Scale) <= 1.001);
    }

    private static ModelBuilder Rows() => new ModelBuilder().Input("x", "N", 16);

    /// <summary>Convolution, the node to test from "a" to "m", convolution.</summary>
    private static ModelBuilder Between(string opType, ModelBuilder model, string edges, (string, object)[]? attributes = null, int channels = 4) => model
        .Weight("w1", 4, 4, 3, 3).Node("Conv", "x w1 -> a")
        .Node(opType, edges, attributes ?? [])
        .Weight("w2", 4, channels, 1, 1).Node("Conv", "m w2 -> y").Output("y");

    private static ModelBuilder Between(string opType, ModelBuilder model, string edges, (string, object) attribute) => Between(opType, model, edges, [attribute]);

    /// <summary>Weights whose size differs strongly along the first axis and, differently, along the second: the wrong axis shows.</summary>
    private static Tensor Uneven(params long[] dims)
    {
        float[] values = Random("uneven", dims).Span<float>().ToArray();
        int inner = values.Length / (int)dims[0];
        int innermost = inner / (int)dims[1];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= MathF.Pow(2, (i / inner) - (2 * (i / innermost % (int)dims[1]) % 5));
        }

        return Tensor.Of(values, dims);
    }

    private static Tensor Scaled(Tensor tensor, float factor) =>
        Tensor.Of(Array.ConvertAll(tensor.Span<float>().ToArray(), v => v * factor), [.. tensor.Dims]);
}
