using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Tests.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning;

public class LogarithmInputsTests
{
    private static ModelBuilder Images() => new ModelBuilder().Input("x", "N", 4, 8, 8)
        .Weight("w", 4, 4, 1, 1).Weight("v", 4, 4, 1, 1).Weight("u", 4, 4, 1, 1)
        .Constant("two", Tensor.Scalar(2f)).Constant("floor", Tensor.Scalar(1e-10f));

    [Fact]
    public void Layers_of_a_spectrogram_stay_float_and_say_which_logarithm_needs_it()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().PositiveWeight("bank", 8, 8)
            .Node("Conv", "x w -> transform").Node("Pow", "transform two -> power").Node("MatMul", "power bank -> mel").Node("Clip", "mel floor -> kept").Node("Log", "kept -> y").Output("y"));

        Assert.All(["Conv_transform", "MatMul_mel"], n => Assert.Equal(NodePrecision.Float32, quantized.Decision(n).Precision));
        Assert.Equal("the logarithm Log_y reads what it makes, and needs small numbers as exact as large ones", quantized.Decision("MatMul_mel").Reason);
    }

    [Fact]
    public void Layers_behind_the_logarithm_run_as_integers() =>
        Assert.Equal(NodePrecision.Integer, QuantizedModel.Of(Images().Node("Abs", "x -> m").Node("Add", "m floor -> a").Node("Log", "a -> l").Node("Conv", "l w -> y").Output("y")).Decision("Conv_y").Precision);

    [Theory]
    [InlineData("Sigmoid")]
    [InlineData("Exp")]
    public void Layers_before_what_bounds_their_errors_run_as_integers(string opType) =>
        Assert.Equal(NodePrecision.Integer, QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node(opType, "a -> b").Node("Log", "b -> y").Output("y")).Decision("Conv_a").Precision);

    [Fact]
    public void Of_a_learned_network_only_the_last_layer_stays_float()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Relu", "a -> b").Node("Conv", "b v -> c").Node("Relu", "c -> d").Node("Add", "d floor -> e").Node("Log", "e -> y").Output("y"));

        Assert.Equal(NodePrecision.Float32, quantized.Decision("Conv_c").Precision);
        Assert.Equal(NodePrecision.Integer, quantized.Decision("Conv_a").Precision);
    }

    [Fact]
    public void Layer_that_a_logarithm_reads_through_an_activation_and_without_one_is_followed_further()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "a v -> b").Node("Relu", "b -> c").Node("Add", "b c -> d").Node("Log", "d -> y").Output("y"));

        Assert.Equal(NodePrecision.Float32, quantized.Decision("Conv_a").Precision);
    }

    [Fact]
    public void Other_branches_of_the_model_run_as_integers()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Log", "a -> y").Output("y").Node("Conv", "x v -> z").Output("z"));

        Assert.Equal(NodePrecision.Float32, quantized.Decision("Conv_a").Precision);
        Assert.Equal(NodePrecision.Integer, quantized.Decision("Conv_z").Precision);
    }

    [Fact]
    public void Layer_in_a_branch_that_the_logarithm_reads_from_outside_of_it_stays_float()
    {
        OnnxModel model = Images().Input("c", ElementType.Bool).Node("Conv", "x w -> a").Node("If", "c -> y", ("then_branch", Body(b => b.Node("Log", "a -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "a -> e").Output("e")))).Output("y").Build();

        Assert.Contains(LogarithmInputs.Of(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)), r => r.Key.OpType == "Conv");
    }

    [Fact]
    public void Signal_of_six_decades_survives_its_logarithm()
    {
        float[] gains = [1, 1e-2f, 1e-4f, 1e-6f];
        float[] diagonal = [.. Enumerable.Range(0, 16).Select(i => i % 5 == 0 ? gains[i / 5] : 0)];
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 4, 8, 8).Constant("gains", Tensor.Of(diagonal, 4, 4, 1, 1)).Constant("tiny", Tensor.Scalar(1e-12f)).Constant("two", Tensor.Scalar(2f))
            .Node("Conv", "x gains -> a").Node("Pow", "a two -> p").Node("Add", "p tiny -> b").Node("Log", "b -> y").Output("y"));

        Assert.True(quantized.SqnrDb()[0] > 40);
    }
}
