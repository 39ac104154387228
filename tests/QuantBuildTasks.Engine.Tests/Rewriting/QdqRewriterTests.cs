using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

public class QdqRewriterTests
{
    private static ModelBuilder Images() => new ModelBuilder().Input("x", "N", 4, 8, 8).Weight("w", 4, 4, 1, 1).Weight("v", 4, 4, 1, 1);

    [Fact]
    public void Conv_with_shared_weight_is_quantized_once()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "a w -> y").Output("y"));

        Assert.Single(quantized.Model.Graph.Initializers, i => i.Type == ElementType.Int8);
        Assert.Equal("DequantizeLinear QLinearConv QLinearConv QuantizeLinear", quantized.OptimizedOperators());
    }

    [Fact]
    public void Tensor_read_by_two_convolutions_is_quantized_once()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "x v -> b").Output("a").Output("b"));

        Assert.Equal(3, quantized.Model.Graph.Nodes.Count(n => n.OpType == "QuantizeLinear"));
        Assert.Single(quantized.Model.Graph.Find("x")!.Uses);
    }

    [Fact]
    public void Float_reader_of_a_float_value_reads_it_unrounded()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Tanh", "x -> t").Node("Conv", "t w -> a").Node("Tanh", "t -> y").Output("y").Output("a"));

        Assert.Equal("Tanh", quantized.Model.Graph.Find("y")!.Producer!.Input(0)!.Producer!.OpType);
        Assert.Equal(double.PositiveInfinity, quantized.SqnrDb()[0]);
    }

    [Fact]
    public void Float_reader_of_an_integer_result_reads_the_dequantized_value()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Tanh", "a -> y").Node("Conv", "a v -> b").Output("y").Output("b"));

        Assert.Equal("DequantizeLinear", quantized.Model.Graph.Find("y")!.Producer!.Input(0)!.Producer!.OpType);
        Assert.Equal("DequantizeLinear DequantizeLinear QLinearConv QLinearConv QuantizeLinear Tanh", quantized.OptimizedOperators());
    }

    [Fact]
    public void Float_weights_that_nothing_reads_any_more_are_gone()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "a v -> y").Output("y"));

        Assert.All(quantized.Model.Graph.Initializers, i => Assert.NotEmpty(i.Uses));
        Assert.DoesNotContain(quantized.Model.Graph.Initializers, i => i.Type == ElementType.Float32 && i.Initializer!.Length > 4);
    }

    [Fact]
    public void Inputs_and_outputs_keep_names_types_and_order()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Relu", "a -> y").Node("Conv", "y v -> z").Output("z").Output("y"));

        Assert.Equal(["x"], quantized.Model.Graph.Inputs.Select(i => i.Name));
        Assert.Equal(["z", "y"], quantized.Model.Graph.Outputs.Select(o => o.Name));
        Assert.All(quantized.Model.Graph.Outputs, o => Assert.Equal(ElementType.Float32, o.Type));
    }

    [Fact]
    public void Same_model_and_plan_give_the_same_bytes() =>
        Assert.Equal(
            QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "a v -> y").Output("y")).Bytes,
            QuantizedModel.Of(Images().Node("Conv", "x w -> a").Node("Conv", "a v -> y").Output("y")).Bytes);

    [Fact]
    public void Value_read_in_a_branch_is_the_dequantized_one()
    {
        QuantizedModel quantized = QuantizedModel.Of(Images().Constant("yes", Tensor.Scalar(true)).Node("Conv", "x w -> a")
            .Node("If", "yes -> y", ("then_branch", Body(b => b.Node("Tanh", "a -> t").Output("t"))), ("else_branch", Body(b => b.Node("Sigmoid", "a -> e").Output("e")))).Output("y"));

        Assert.Equal("DequantizeLinear", quantized.Model.Graph.Find("a")!.Producer!.OpType);
        Assert.All(quantized.SqnrDb(), db => Assert.True(db > 25));
    }
}
