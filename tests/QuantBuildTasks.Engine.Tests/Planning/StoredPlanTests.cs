using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class StoredPlanTests
{
    [Fact]
    public void Node_that_stays_float_stores_its_weights_as_int8_and_says_so_behind_its_reason()
    {
        QuantizationPlan plan = Complete(Recurrent(), Float("LSTM_h", "LSTM", "LSTM has no integer kernel"));

        Assert.Equal(["w", "r"], plan.Stored.Select(s => s.Value));
        Assert.All(plan.Stored, s => Assert.Equal(["LSTM_h"], s.Readers));
        Assert.Equal("LSTM has no integer kernel; its weights are stored as int8, it computes in float32", Assert.Single(plan.Nodes).Reason);
        Assert.True(plan.ChangesAnything);
    }

    [Fact]
    public void Node_for_which_eight_bits_are_too_few_stores_its_weights_as_float16_and_says_so()
    {
        QuantizationPlan plan = StoredPlan.Complete(
            StoredPlan.Float(Recurrent().Build().Graph, "x64-vnni", _ => null), Recurrent().Build().Graph, _ => null, n => n.OpType == "LSTM");

        Assert.All(plan.Stored, s => Assert.Equal(ElementType.Float16, s.Type));
        Assert.Equal(2, plan.Stored.Count);
        Assert.Equal("its weights are stored as float16, it computes in float32", Assert.Single(plan.Nodes).Reason);
    }

    [Fact]
    public void Node_that_the_user_keeps_float_keeps_its_weights()
    {
        QuantizationPlan plan = Complete(Recurrent(), "LSTM_h", Float("LSTM_h", "LSTM", "kept"));

        Assert.Empty(plan.Stored);
        Assert.Equal("kept", Assert.Single(plan.Nodes).Reason);
        Assert.False(plan.ChangesAnything);
    }

    [Fact]
    public void Weight_that_a_kept_node_shares_with_another_is_left_for_both()
    {
        ModelBuilder model = new ModelBuilder().Input("x", 4, 32).Weight("w", 32, 32).Node("MatMul", "x w -> a").Node("MatMul", "a w -> b").Output("b");

        Assert.Empty(Complete(model, "MatMul_b").Stored);
        Assert.Equal(["MatMul_a", "MatMul_b"], Assert.Single(Complete(model, "").Stored).Readers);
    }

    [Fact]
    public void Integer_node_has_weights_of_its_own_and_the_float_reader_of_the_same_weight_alone_is_named()
    {
        ModelBuilder model = new ModelBuilder().Input("x", 4, 32).Weight("w", 32, 32).Node("MatMul", "x w -> a").Node("MatMul", "a w -> b").Output("b");
        var integer = new NodeDecision("MatMul_a", "MatMul", NodePrecision.Integer, null, "a", 1);

        Assert.Equal(["MatMul_b"], Assert.Single(Complete(model, "", integer, Float("MatMul_b", "MatMul", "why")).Stored).Readers);
        Assert.Empty(Complete(model, "", integer, integer with { Node = "MatMul_b" }).Stored);
    }

    [Theory]
    [InlineData("Relu", "Conv", GroupRounding.BehindRelu)]
    [InlineData("Sqrt", "Conv", GroupRounding.BehindRelu)]
    [InlineData("Tanh", "Conv", 0)]
    [InlineData("Clip", "Conv", GroupRounding.BehindRelu)]
    [InlineData("Clip below zero", "Conv", 0)]
    [InlineData("Relu", "MatMul", GroupRounding.BehindRelu)]
    [InlineData("Tanh", "MatMul", 0)]
    public void Layer_that_reads_what_is_never_negative_is_rounded_for_its_mean(string before, string layer, double shift)
    {
        ModelBuilder model = new ModelBuilder().Input("x", 2, 16, 16).Constant("low", Tensor.Scalar(before == "Clip" ? 0f : -1f))
            .Node(before.Split(' ')[0], before.StartsWith("Clip", StringComparison.Ordinal) ? "x low -> a" : "x -> a")
            .Node("MaxPool", "a -> p", ("kernel_shape", Ints(1))).Node("Transpose", "p -> t", ("perm", Ints(0, 2, 1)));
        model = layer == "Conv" ? model.Weight("w", 16, 16, 3) : model.Weight("w", 16, 32);

        Assert.Equal(shift, Assert.Single(Complete(model.Node(layer, "t w -> y").Output("y"), "").Stored).Shift);
    }

    [Fact]
    public void Node_in_a_branch_joins_the_plan_with_its_reason()
    {
        ModelBuilder model = new ModelBuilder().Input("x", 2, 48).Input("c", ElementType.Bool).Weight("w", 48, 32).Node(
            "If",
            "c -> y",
            ("then_branch", Body(b => b.Node("MatMul", "x w -> t").Output("t"))),
            ("else_branch", Body(b => b.Weight("v", 48, 32).Node("MatMul", "x v -> e").Output("e")))).Output("y");

        QuantizationPlan plan = Complete(model, "", Float("If_y", "If", "it has branches"));

        Assert.Equal([(0, "w"), (2, "v")], plan.Stored.Select(s => (s.Scope, s.Value)));
        Assert.Equal(["If_y", "MatMul_t", "MatMul_e"], plan.Nodes.Select(n => n.Node));
        Assert.Equal([null, StoredPlan.Note, StoredPlan.Note], plan.Nodes.Select(n => n.Node == "If_y" ? null : n.Reason));
    }

    [Theory]
    [InlineData("Conv", 0, 0)]
    [InlineData("ConvTranspose", 1, 1)]
    [InlineData("MatMul", 1, 1)]
    [InlineData("LSTM", 0, 1)]
    public void Scales_lie_along_the_outputs_of_the_layer(string opType, int first, int last)
    {
        ModelBuilder model = opType switch
        {
            "MatMul" => new ModelBuilder().Input("x", 4, 32).Weight("w", 32, 48).Node("MatMul", "x w -> h").Output("h"),
            "LSTM" => Recurrent(),
            _ => new ModelBuilder().Input("x", 1, 16, 8, 8).Weight("w", 16, 16, 3, 3).Node(opType, "x w -> h").Output("h"),
        };

        Assert.Equal(new GroupAxes(first, last), Complete(model).Stored[0].Groups);
    }

    [Fact]
    public void Groups_too_small_for_a_scale_of_their_own_share_one()
    {
        ModelBuilder model = new ModelBuilder().Input("x", "N", 4).Weight("w", 512, 4).Node("Gemm", "x w -> y", ("transB", 1)).Output("y");

        Assert.Equal(new GroupAxes(1, 1), Assert.Single(Complete(model).Stored).Groups);
    }

    [Fact]
    public void Long_bias_is_stored_as_float16_unless_that_would_overflow()
    {
        StoredFormat format = Complete(Biased(Random("b", 1, 256))).Stored.Single(s => s.Value == "b");

        Assert.Equal((ElementType.Float16, 512L), (format.Type, format.Bytes));
        Assert.Empty(format.Scales);
        float[] large = [70000, .. new float[255]];
        Assert.DoesNotContain(Complete(Biased(Tensor.Of(large, 1, 256))).Stored, s => s.Value == "b");
    }

    [Fact]
    public void Constant_that_something_else_reads_too_or_a_graph_gives_away_keeps_every_bit()
    {
        ModelBuilder read = new ModelBuilder().Input("x", 32, 32).Weight("w", 32, 32).Node("MatMul", "x w -> a").Node("Add", "a w -> y").Output("y");
        ModelBuilder given = new ModelBuilder().Input("x", 32, 32).Weight("w", 32, 32).Node("MatMul", "x w -> y").Node("Transpose", "w -> v").Output("y").Output("v");

        Assert.Empty(Complete(read).Stored);
        Assert.Empty(Complete(given).Stored);
    }

    private static ModelBuilder Recurrent() =>
        new ModelBuilder().Input("x", 5, 1, 16).Weight("w", 1, 64, 16).Weight("r", 1, 64, 16).Node("LSTM", "x w r -> h", ("hidden_size", 16)).Output("h");

    private static ModelBuilder Biased(Tensor bias) =>
        new ModelBuilder().Input("x", 2, 32).Weight("w", 32, 256).Constant("b", bias).Node("Gemm", "x w b -> y").Output("y");

    private static NodeDecision Float(string node, string opType, string reason) => new(node, opType, NodePrecision.Float32, reason, "h", 0);

    private static QuantizationPlan Complete(ModelBuilder model, params NodeDecision[] decisions) => Complete(model, "", decisions);

    private static QuantizationPlan Complete(ModelBuilder model, string kept, params NodeDecision[] decisions) => StoredPlan.Complete(
        new QuantizationPlan { Profile = "p", Activations = [], Weights = [], Nodes = decisions },
        model.Graph,
        n => n.DisplayName == kept ? "kept" : null);
}
