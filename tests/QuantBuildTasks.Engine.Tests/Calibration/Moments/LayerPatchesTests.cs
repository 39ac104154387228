using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Calibration.Moments;

/// <summary>A patch is what the layer multiplies a row of its weight with: ONNX Runtime's output must be just these products, at every position.</summary>
public sealed class LayerPatchesTests
{
    public static TheoryData<string> Convolutions =>
    [
        "1-D", "1-D, strides and dilations", "2-D", "2-D, uneven pads", "2-D, strides and dilations", "pointwise with strides", "groups", "depthwise", "depthwise with multiplier",
        "SAME_UPPER", "SAME_LOWER", "SAME_UPPER, strides", "SAME_LOWER, strides", "stride beyond the kernel", "VALID", "3-D",
    ];

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Rows_of_a_convolution_times_patches_are_its_output(string kind)
    {
        ModelBuilder model = kind switch
        {
            "1-D" => Conv([2, 3, 9], [4, 3, 3], ("pads", Ints(1, 1))),
            "1-D, strides and dilations" => Conv([2, 3, 13], [4, 3, 3], ("pads", Ints(2, 1)), ("strides", Ints(2)), ("dilations", Ints(2))),
            "2-D" => Conv([2, 3, 6, 5], [4, 3, 3, 3], ("pads", Ints(1, 1, 1, 1))),
            "2-D, uneven pads" => Conv([1, 3, 6, 5], [4, 3, 3, 2], ("pads", Ints(0, 1, 2, 0))),
            "2-D, strides and dilations" => Conv([2, 3, 11, 9], [4, 3, 3, 2], ("pads", Ints(2, 1, 1, 0)), ("strides", Ints(2, 3)), ("dilations", Ints(2, 1))),
            "pointwise with strides" => Conv([2, 3, 6, 5], [4, 3, 1, 1], ("strides", Ints(2, 2))),
            "groups" => Conv([2, 6, 5, 5], [4, 3, 3, 3], ("group", 2), ("pads", Ints(1, 1, 1, 1))),
            "depthwise" => Conv([2, 5, 6, 6], [5, 1, 3, 3], ("group", 5), ("strides", Ints(2, 2))),
            "depthwise with multiplier" => Conv([2, 3, 6, 6], [6, 1, 3, 3], ("group", 3)),
            "SAME_UPPER" => Conv([1, 3, 6, 5], [4, 3, 2, 4], ("auto_pad", "SAME_UPPER")),
            "SAME_LOWER" => Conv([1, 3, 6, 5], [4, 3, 2, 4], ("auto_pad", "SAME_LOWER")),
            "SAME_UPPER, strides" => Conv([1, 3, 6, 7], [4, 3, 3, 3], ("auto_pad", "SAME_UPPER"), ("strides", Ints(2, 2))),
            "SAME_LOWER, strides" => Conv([1, 3, 6, 7], [4, 3, 3, 3], ("auto_pad", "SAME_LOWER"), ("strides", Ints(2, 2))),
            "stride beyond the kernel" => Conv([1, 3, 9, 8], [4, 3, 1, 2], ("auto_pad", "SAME_UPPER"), ("strides", Ints(3, 3))),
            "VALID" => Conv([1, 3, 6, 5], [4, 3, 3, 3], ("auto_pad", "VALID"), ("strides", Ints(2, 1))),
            _ => Conv([1, 2, 4, 5, 3], [3, 2, 2, 3, 2], ("pads", Ints(1, 0, 1, 0, 1, 0))),
        };
        (Node layer, Tensor input, Tensor output) = Run(model);
        LayerPatches patches = LayerPatches.Of(layer)!;
        (int channels, int plane) = ((int)output.Dims[1], (int)(output.Length / output.Dims[0] / output.Dims[1]));
        float[] weight = Numbers(layer, 1);
        float[] bias = Numbers(layer, 2);
        float[][] all = All(patches, input);

        Assert.Equal(output.Dims[0] * plane, all.Length);
        for (int position = 0; position < all.Length; position++)
        {
            for (int c = 0; c < channels; c++)
            {
                ReadOnlySpan<float> part = all[position].AsSpan(c / (channels / patches.Groups) * patches.Length, patches.Length);
                AssertClose(output.Span<float>()[(((position / plane * channels) + c) * plane) + (position % plane)], Dot(weight.AsSpan(c * patches.Length), part, 1) + bias[c]);
            }
        }
    }

    [Theory]
    [InlineData("Gemm", 0, new long[] { 4, 6 })]
    [InlineData("Gemm", 1, new long[] { 4, 6 })]
    [InlineData("MatMul", 0, new long[] { 4, 6 })]
    [InlineData("MatMul", 0, new long[] { 2, 3, 6 })]
    [InlineData("MatMul", 0, new long[] { 6 })]
    public void Columns_of_a_matrix_times_patches_are_its_output(string operation, int transposed, long[] dims)
    {
        var builder = new ModelBuilder();
        builder.Input("x", [.. dims.Select(d => (Dimension)d)]).Weight("w", transposed == 0 ? [6, 5] : [5, 6]).Weight("b", 5);
        (Node layer, Tensor input, Tensor output) = Run(operation == "Gemm" ? builder.Node("Gemm", "x w b -> y", ("transB", transposed)) : builder.Node("MatMul", "x w -> y"));
        LayerPatches patches = LayerPatches.Of(layer)!;
        float[] weight = Numbers(layer, 1);
        float[][] all = All(patches, input);

        Assert.Equal((1, 6), (patches.Groups, patches.Length));
        Assert.Equal(output.Length / 5, all.Length);
        for (int i = 0; i < output.Length; i++)
        {
            float product = transposed == 0 ? Dot(weight.AsSpan(i % 5), all[i / 5], 5) : Dot(weight.AsSpan(i % 5 * 6), all[i / 5], 1);
            AssertClose(output.Span<float>()[i], product + (operation == "Gemm" ? Numbers(layer, 2)[i % 5] : 0));
        }
    }

    /// <summary>With strides as large as the kernel, each output of a transposed convolution is one product of a row and a patch.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Patches_of_a_transposed_convolution_are_the_channels_of_an_input_position(int groups)
    {
        (Node layer, Tensor input, Tensor output) = Run(new ModelBuilder().Input("x", 2, 6, 4, 3).Weight("w", 6, 2, 2, 2)
            .Node("ConvTranspose", "x w -> y", ("strides", Ints(2, 2)), ("group", groups)));
        LayerPatches patches = LayerPatches.Of(layer)!;
        float[] weight = Numbers(layer, 1);
        float[][] all = All(patches, input);
        (int outputs, int length) = (2 * groups, 6 / groups);

        Assert.Equal((groups, length, 2 * 4 * 3), (patches.Groups, patches.Length, all.Length));
        for (int i = 0; i < output.Length; i++)
        {
            (int x, int y, int channel, int sample) = (i % 6, i / 6 % 8, i / 48 % outputs, i / 48 / outputs);
            int group = channel / 2;
            ReadOnlySpan<float> part = all[(((sample * 4) + (y / 2)) * 3) + (x / 2)].AsSpan(group * length, length);
            AssertClose(output.Span<float>()[i], Dot(weight.AsSpan((group * length * 8) + (channel % 2 * 4) + (y % 2 * 2) + (x % 2)), part, 8));
        }
    }

    [Fact]
    public void An_input_smaller_than_the_kernel_has_no_patches() =>
        Assert.Equal(0, LayerPatches.Of(Conv([1, 3, 9], [4, 3, 5]).Build().Graph.Nodes[0])!.Count([1, 3, 3]));

    [Fact]
    public void Layers_whose_rows_do_not_stand_in_a_stored_float32_weight_have_none()
    {
        OnnxModel model = new ModelBuilder().Input("x", 4, 4).Input("v", 4, 4).Weight("w", 4, 4).Weight("stack", 2, 4, 4)
            .Node("MatMul", "x v -> a").Node("MatMul", "w x -> b").Node("MatMul", "x stack -> c").Node("Gemm", "x w -> d", ("transA", 1)).Node("Add", "x w -> e").Build();

        Assert.All(model.Graph.Nodes, node => Assert.Null(LayerPatches.Of(node)));
    }

    private static ModelBuilder Conv(long[] input, long[] weight, params (string Name, object Value)[] attributes) =>
        new ModelBuilder().Input("x", [.. input.Select(d => (Dimension)d)]).Weight("w", weight).Weight("b", weight[0]).Node("Conv", "x w b -> y", attributes);

    private static (Node Layer, Tensor Input, Tensor Output) Run(ModelBuilder builder)
    {
        OnnxModel model = builder.Output("y").Build();
        using IInferenceSession session = new OrtInference().Open(ModelWriter.Store(model), new SessionSettings { Optimization = GraphOptimization.None });
        Tensor input = Random("x", [.. session.Inputs[0].Shape!.Select(d => d.Value!.Value)]);
        return (model.Graph.Nodes[0], input, session.Run(new Dictionary<string, Tensor> { ["x"] = input })[0]);
    }

    private static float[][] All(LayerPatches patches, Tensor input)
    {
        long[] dims = [.. input.Dims];
        var all = new float[patches.Count(dims)][];
        for (int position = 0; position < all.Length; position++)
        {
            all[position] = new float[patches.Groups * patches.Length];
            patches.Copy(input.Span<float>(), dims, [position], all[position]);
        }

        return all;
    }

    private static float[] Numbers(Node node, int input) => node.Input(input)?.Constant!.Span<float>().ToArray() ?? [];

    private static float Dot(ReadOnlySpan<float> row, ReadOnlySpan<float> patch, int stride)
    {
        double sum = 0;
        for (int i = 0; i < patch.Length; i++)
        {
            sum += (double)row[i * stride] * patch[i];
        }

        return (float)sum;
    }

    private static void AssertClose(float expected, float actual) => Assert.InRange(actual, expected - 2e-5f, expected + 2e-5f);
}
