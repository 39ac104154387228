using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed class ZeroInitialStateTests
{
    [Fact]
    public void Zeros_that_an_exporter_makes_in_the_size_of_the_batch_are_left_out()
    {
        OnnxModel model = Layer(b => b.Constant("0", Tensor.Vector(0L)).Constant("1", Tensor.Vector(1L)).Constant("2", Tensor.Vector(2L)).Constant("4", Tensor.Vector(4L))
            .Node("Shape", "x -> s").Node("Gather", "s 1 -> n").Node("Concat", "2 n 4 -> d", ("axis", 0)).Node("ConstantOfShape", "d -> z")
            .Node("Slice", "z 0 1 0 -> h").Node("Slice", "z 1 2 0 -> c")).Build();

        OnnxModel rewritten = PassCheck.Rewrite(new ZeroInitialState(), model);

        Assert.Equal(3, rewritten.Graph.Nodes.Single(n => n.Is("LSTM")).Inputs.Count);
        Assert.Equal(["LSTM"], PassCheck.Operators(new Preparer(new OrtInference()).Run(model).Model));
    }

    [Fact]
    public void One_state_of_zeros_goes_and_the_other_stays()
    {
        OnnxModel rewritten = PassCheck.Rewrite(new ZeroInitialState(), Layer(b => b.Constant("h", Tensor.Of(new float[8], 1, 2, 4)).Weight("c", 1, 2, 4)).Build());

        Node node = rewritten.Graph.Nodes.Single();
        Assert.Null(node.Input(5));
        Assert.Equal("c", node.Input(6)!.Name);
    }

    [Theory]
    [InlineData("GRU", 12)]
    [InlineData("RNN", 4)]
    public void GRU_and_RNN_have_one_state(string opType, int rows)
    {
        OnnxModel model = new ModelBuilder().Input("x", 3, 2, 5).Weight("w", 1, rows, 5).Weight("r", 1, rows, 4).Constant("zero", Tensor.Scalar(0f)).Constant("dims", Tensor.Vector(1L, 2, 4))
            .Node("Expand", "zero dims -> h").Node(opType, "x w r _ _ h -> y", ("hidden_size", 4)).Output("y").Build();

        Assert.Equal(3, PassCheck.Rewrite(new ZeroInitialState(), model).Graph.Nodes[^1].Inputs.Count);
    }

    [Fact]
    public void Other_numbers_and_states_that_a_caller_gives_stay()
    {
        Assert.Empty(PassCheck.Decline(new ZeroInitialState(), Layer(b => b.Weight("h", 1, 2, 4).Weight("c", 1, 2, 4)).Build()));
        Assert.Empty(PassCheck.Decline(new ZeroInitialState(), Layer(b => b.Input("h", 1, 2, 4).Input("c", 1, 2, 4)).Build()));
        Assert.Empty(PassCheck.Decline(new ZeroInitialState(), Layer(b => b.Constant("dims", Tensor.Vector(1L, 2, 4))
            .Node("ConstantOfShape", "dims -> h", ("value", Tensor.Vector(0.5f))).Node("Exp", "h -> c")).Build()));
    }

    private static ModelBuilder Layer(Action<ModelBuilder> states)
    {
        ModelBuilder model = new ModelBuilder().Input("x", 3, 2, 5).Weight("w", 1, 16, 5).Weight("r", 1, 16, 4);
        states(model);
        return model.Node("LSTM", "x w r _ _ h c -> y", ("hidden_size", 4)).Output("y");
    }
}
