using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>Operators that stay decomposed, because the model cannot be brought to the operator set that has them: no conversion comes to stand inside, so that ONNX Runtime still fuses them.</summary>
public sealed class DecomposedOperatorTests
{
    [Theory]
    [InlineData("Div h root2 d|Erf d e|Add e one a|Mul h a m|Mul m half g")]
    [InlineData("Div h root2 d|Erf d e|Add e one a|Mul h half m|Mul m a g")]
    public void Gelu_between_two_integer_layers_holds_no_conversion(string nodes)
    {
        QuantizedModel quantized = QuantizedModel.Of(Layers(nodes));

        Assert.Equal("Gelu QGemm QGemm QuantizeLinear QuantizeLinear", Fused(quantized));
    }

    [Fact]
    public void So_do_forms_that_ONNX_Runtime_does_not_fuse()
    {
        QuantizedModel quantized = QuantizedModel.Of(Layers("Pow h three p|Mul p cubic c|Add h c s|Mul s slope t|Tanh t e|Add e one a|Mul h a m|Mul m half g"));

        Assert.Equal(2, quantized.Model.Graph.Nodes.Count(n => n.OpType == "QuantizeLinear"));
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 30, $"{db:0.0} dB"));
    }

    [Fact]
    public void LayerNormalization_between_two_integer_layers_holds_no_conversion()
    {
        QuantizedModel quantized = QuantizedModel.Of(Layers("ReduceMean h u|Sub h u d|Pow d two q|ReduceMean q v|Add v eps z|Sqrt z r|Div d r n|Mul n gamma k|Add k beta g"));

        Assert.Equal("LayerNormalization QGemm QGemm QuantizeLinear QuantizeLinear", Fused(quantized));
    }

    private static string Fused(QuantizedModel quantized)
    {
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 30, $"{db:0.0} dB"));
        return quantized.OptimizedOperators();
    }

    private static ModelBuilder Layers(string nodes)
    {
        ModelBuilder builder = new ModelBuilder(13).Input("x", "N", 16).Weight("w", 16, 8).Weight("b", 8).Weight("w2", 8, 4).Weight("b2", 4).Weight("gamma", 8).Weight("beta", 8)
            .Constant("root2", Tensor.Scalar(1.41421356f)).Constant("rootHalf", Tensor.Scalar(0.70710678f)).Constant("one", Tensor.Scalar(1f)).Constant("half", Tensor.Scalar(0.5f))
            .Constant("two", Tensor.Scalar(2f)).Constant("three", Tensor.Scalar(3f)).Constant("cubic", Tensor.Scalar(0.044715f)).Constant("slope", Tensor.Scalar(0.7978845608f))
            .Constant("eps", Tensor.Scalar(1e-5f))
            .Node("Gemm", "x w b -> h");
        foreach (string[] words in nodes.Split('|').Select(n => n.Split(' ')))
        {
            builder.Node(words[0], $"{string.Join(' ', words[1..^1])} -> {words[^1]}", words[0] == "ReduceMean" ? [("axes", Ints(-1))] : []);
        }

        return builder.Node("Gemm", "g w2 b2 -> y").Output("y");
    }
}
