using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Search.Noise;
using QuantBuildTasks.Engine.Tests.Pipeline;

namespace QuantBuildTasks.Engine.Tests.Search.Noise;

public sealed class PlanSourcesTests
{
    /// <summary>A residual block: <c>a</c> is read by a layer and by the sum, which hands on its rounding.</summary>
    private static OnnxModel Residual()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("v", 16, 16, 1, 1).Weight("u", 16, 16, 1, 1)
            .Node("Conv", "x w -> a").Node("Conv", "a v -> b").Node("Add", "a b -> s").Node("Conv", "s u -> y").Output("y").Build();
        new ShapeInference(new OrtInference()).Apply(model, []);
        return model;
    }

    [Fact]
    public void Tensor_that_a_sum_reads_is_rounded_for_all_and_for_layers_alone()
    {
        TensorSource a = Sources(Residual()).Single(s => s.Value == "a");
        OnnxModel forAll = Residual();
        OnnxModel forLayers = Residual();

        a.ForAll.Apply(forAll);
        a.ForLayers!.Apply(forLayers);

        Assert.Equal(["DequantizeLinear", "DequantizeLinear"], Givers(forAll));
        Assert.Equal(["DequantizeLinear", "Conv"], Givers(forLayers));
        Assert.NotEqual(a.ForAll.Key, a.ForLayers.Key);

        static string[] Givers(OnnxModel model) => [Reader(model, "Conv_b"), Reader(model, "Add_s")];

        static string Reader(OnnxModel model, string node) => model.Graph.Nodes.Single(n => n.Name == node).Input(0)!.Producer!.OpType;
    }

    [Fact]
    public void Tensor_that_only_sums_read_makes_no_noise_for_layers()
    {
        Assert.Null(Sources(Residual()).Single(s => s.Value == "b").ForLayers);
    }

    [Fact]
    public void Tensor_that_only_layers_read_is_measured_once()
    {
        TensorSource s = Sources(Residual()).Single(s => s.Value == "s");

        Assert.Same(s.ForAll, s.ForLayers);
    }

    [Fact]
    public void Output_that_the_caller_reads_too_is_not_rounded_for_him_where_a_layer_alone_needs_it()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("v", 16, 16, 1, 1)
            .Node("Conv", "x w -> a").Node("Conv", "a v -> y").Output("a").Output("y").Build();
        new ShapeInference(new OrtInference()).Apply(model, []);

        TensorSource a = Sources(model).Single(s => s.Value == "a");

        Assert.NotSame(a.ForAll, a.ForLayers);
    }

    private static TensorSource[] Sources(OnnxModel model) =>
        [.. PlanSources.Activations(Planner.Plan(model.Graph, JobFolder.AllIntegers, _ => (-1, 1), _ => null), model.Graph)];
}
