using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Calibration.Moments;

public sealed class MomentCollectorTests
{
    private const int Samples = 11;

    [Fact]
    public void Layers_behind_inputs_and_behind_other_nodes_are_watched()
    {
        OnnxModel model = Model(4);
        byte[] before = ModelWriter.Write(model);
        IReadOnlyDictionary<string, LayerMoments> moments = Collect(model, 1000);

        Assert.Equal(["MatMul_a", "MatMul_y"], moments.Keys.Order(StringComparer.Ordinal));
        AssertMoments(x => x, moments["MatMul_a"]);
        AssertMoments(x => Math.Max(0, x), moments["MatMul_y"]);
        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Fact]
    public void No_more_patches_are_looked_at_than_asked_for_batch_by_batch()
    {
        // 3 batches of at most 4 samples: ⌈5 / 3⌉ patches of each.
        Assert.All(Collect(Model(4), 5).Values, m => Assert.Equal(6, m.Count));
        Assert.All(Collect(Model(4), 1000).Values, m => Assert.Equal(Samples, m.Count));
    }

    [Fact]
    public void A_layer_whose_matrix_would_not_fit_is_left_out()
    {
        // 70,000² numbers are more than an array can hold.
        OnnxModel model = new ModelBuilder().Input("x", "N", 4).Weight("spread", 4, 70_000).Weight("w", 70_000, 1)
            .Node("MatMul", "x spread -> a").Node("MatMul", "a w -> y").Output("y").Build();

        Assert.Equal(["MatMul_a"], Collect(model, 100).Keys);
    }

    private static OnnxModel Model(int size) => new ModelBuilder().Input("x", "N", size).Weight("v", size, 3).Weight("w", size, 3)
        .Node("MatMul", "x v -> a").Node("Relu", "x -> r").Node("MatMul", "r w -> y").Output("a").Output("y").Build();

    private static IReadOnlyDictionary<string, LayerMoments> Collect(OnnxModel model, int patches)
    {
        var data = new Dataset([new BoundArray("x", [ModelBuilder.Random("x", Samples, 4)], 0)], null, [.. Enumerable.Range(0, Samples)], null);
        return new MomentCollector(new OrtInference()).Collect(model, model.Graph.Nodes, data, patches, new CalibrationOptions { BatchSize = 4 }, TestContext.Current.CancellationToken);
    }

    private static void AssertMoments(Func<float, float> layerInput, LayerMoments actual)
    {
        float[] x = Array.ConvertAll(ModelBuilder.Random("x", Samples, 4).Span<float>().ToArray(), v => layerInput(v));
        for (int k = 0; k < 16; k++)
        {
            double expected = Enumerable.Range(0, Samples).Average(n => (double)x[(n * 4) + (k / 4)] * x[(n * 4) + (k % 4)]);
            Assert.InRange(actual.Second[k], expected - 1e-6, expected + 1e-6);
        }

        for (int i = 0; i < 4; i++)
        {
            double expected = Enumerable.Range(0, Samples).Average(n => (double)x[(n * 4) + i]);
            Assert.InRange(actual.Mean[i], expected - 1e-6, expected + 1e-6);
        }
    }
}
