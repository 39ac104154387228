using QuantBuildTasks.Engine.Conditioning;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

public sealed class LayerWeightTests
{
    public static TheoryData<string> Layers => ["conv", "grouped conv", "depthwise conv", "conv transpose", "grouped conv transpose", "gemm", "gemm with transB", "gemm with one bias", "matmul"];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_factor_of_an_output_channel_multiplies_what_the_layer_gives_there(string kind)
    {
        (OnnxModel model, LayerWeight layer, Tensor x) = Layer(kind);
        double[] factors = Factors(layer.Outputs);
        float[] before = Conditioned.Run(model, x);

        layer.ScaleOutputs(factors);

        Same(Scaled(before, factors), Conditioned.Run(model, x));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_factor_of_an_input_channel_multiplies_what_the_layer_reads_there(string kind)
    {
        (OnnxModel model, LayerWeight layer, Tensor x) = Layer(kind);
        double[] factors = Factors(layer.Inputs);
        float[] expected = Conditioned.Run(model, Tensor.Of(Scaled(x.Span<float>().ToArray(), factors), [.. x.Dims]));

        layer.ScaleInputs(factors);

        Same(expected, Conditioned.Run(model, x));
    }

    [Theory]
    [InlineData("conv", 4, 6, 9, false)]
    [InlineData("grouped conv", 4, 6, 9, false)]
    [InlineData("depthwise conv", 4, 8, 9, true)]
    [InlineData("grouped conv transpose", 4, 6, 9, false)]
    [InlineData("gemm with transB", 4, 6, 1, false)]
    public void Channels_are_those_of_what_is_read_and_given(string kind, int inputs, int outputs, int positions, bool isDepthwise)
    {
        (_, LayerWeight layer, _) = Layer(kind);

        Assert.Equal((inputs, outputs, positions, isDepthwise), (layer.Inputs, layer.Outputs, layer.Positions, layer.IsDepthwise));
    }

    [Fact]
    public void A_weight_that_another_layer_reads_too_is_changed_for_one_alone()
    {
        OnnxModel model = Conditioned.WithShapes(new ModelBuilder().Input("x", 2, 4).Weight("w", 4, 4).Node("MatMul", "x w -> h").Node("MatMul", "h w -> y").Output("y"));
        float[] before = model.Graph.Find("w")!.Constant!.Span<float>().ToArray();

        LayerWeight.Of(model.Graph.Nodes[0])!.ScaleOutputs(Factors(4));

        Assert.Equal(before, model.Graph.Nodes[1].Input(1)!.Constant!.Span<float>().ToArray());
        Assert.NotEqual(before, model.Graph.Nodes[0].Input(1)!.Constant!.Span<float>().ToArray());
    }

    [Fact]
    public void Layers_whose_channels_are_elsewhere_or_whose_parameters_are_computed_have_no_weight()
    {
        OnnxModel model = Conditioned.WithShapes(new ModelBuilder().Input("x", 4, 4).Input("deep", 2, 3, 4).Weight("w", 4, 4).Weight("table", 3, 4)
            .Node("MatMul", "deep w -> a").Node("MatMul", "w x -> b").Node("MatMul", "x x -> c").Node("Gemm", "x w -> d", ("transA", 1)).Node("Gemm", "x w x -> e")
            .Node("Gemm", "x w w -> f").Node("Relu", "x -> g").Output("a").Output("b").Output("c").Output("d").Output("e").Output("f").Output("g"));

        Assert.All(model.Graph.Nodes, n => Assert.Null(LayerWeight.Of(n)));
    }

    private static (OnnxModel Model, LayerWeight Layer, Tensor X) Layer(string kind)
    {
        ModelBuilder builder = kind switch
        {
            "conv" => Image().Weight("w", 6, 4, 3, 3).Weight("b", 6).Node("Conv", "x w b -> y", ("pads", ModelBuilder.Ints(1, 1, 1, 1))),
            "grouped conv" => Image().Weight("w", 6, 2, 3, 3).Weight("b", 6).Node("Conv", "x w b -> y", ("group", 2)),
            "depthwise conv" => Image().Weight("w", 8, 1, 3, 3).Weight("b", 8).Node("Conv", "x w b -> y", ("group", 4)),
            "conv transpose" => Image().Weight("w", 4, 6, 3, 3).Weight("b", 6).Node("ConvTranspose", "x w b -> y", ("strides", ModelBuilder.Ints(2, 2))),
            "grouped conv transpose" => Image().Weight("w", 4, 3, 3, 3).Weight("b", 6).Node("ConvTranspose", "x w b -> y", ("group", 2)),
            "gemm" => Rows().Weight("w", 4, 6).Weight("b", 1, 6).Node("Gemm", "x w b -> y", ("alpha", 0.5f), ("beta", 2f)),
            "gemm with transB" => Rows().Weight("w", 6, 4).Weight("b", 6).Node("Gemm", "x w b -> y", ("transB", 1)),
            "gemm with one bias" => Rows().Weight("w", 4, 6).Weight("b", 1).Node("Gemm", "x w b -> y"),
            _ => Rows().Weight("w", 4, 6).Node("MatMul", "x w -> y"),
        };
        OnnxModel model = Conditioned.WithShapes(builder.Output("y"));
        return (model, LayerWeight.Of(model.Graph.Nodes[0])!, ModelBuilder.Random("x", [.. model.Graph.Find("x")!.Shape!.Select(d => d.Value!.Value)]));
    }

    private static ModelBuilder Image() => new ModelBuilder().Input("x", 2, 4, 5, 5);

    private static ModelBuilder Rows() => new ModelBuilder().Input("x", 2, 4);

    private static double[] Factors(int count) => [.. Enumerable.Range(0, count).Select(c => Math.Pow(1.9, c - 2))];

    /// <summary>Numbers of two samples times the factor of their channel.</summary>
    private static float[] Scaled(float[] values, double[] factors)
    {
        int positions = values.Length / 2 / factors.Length;
        return [.. values.Select((v, i) => (float)(v * factors[i / positions % factors.Length]))];
    }

    private static void Same(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double allowed = 1e-6 * expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), p => Assert.InRange(p.Second, p.First - (2 * allowed), p.First + (2 * allowed)));
    }
}
