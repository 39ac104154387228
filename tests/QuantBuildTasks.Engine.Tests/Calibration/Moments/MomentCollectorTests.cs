using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Calibration.Passes;
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

    [Fact]
    public void Samples_that_are_held_out_are_patches_and_no_part_of_the_moments()
    {
        LayerMoments moments = Collect(Model(4), 1000, holdsOut: true)["MatMul_a"];

        // Of 11 samples every fourth: 3 and 7.
        float[] x = ModelBuilder.Random("x", Samples, 4).Span<float>().ToArray();
        int[] learnt = [0, 1, 2, 4, 5, 6, 8, 9, 10];
        Assert.Equal(9, moments.Count);
        Assert.Equal(learnt.Average(n => (double)x[n * 4]), moments.Mean[0], 1e-6);
        Assert.Equal([x[12], x[28], x[13], x[29], x[14], x[30], x[15], x[31]], moments.Held!.Columns(0));
    }

    [Fact]
    public void Few_samples_are_all_learnt_from()
    {
        Assert.DoesNotContain(Enumerable.Range(0, 7), s => HeldPatches.Holds(s, 7));
        Assert.Equal([7, 15, 23, 31], Enumerable.Range(0, 32).Where(s => HeldPatches.Holds(s, 32)));
    }

    private static OnnxModel Model(int size) => new ModelBuilder().Input("x", "N", size).Weight("v", size, 3).Weight("w", size, 3)
        .Node("MatMul", "x v -> a").Node("Relu", "x -> r").Node("MatMul", "r w -> y").Output("a").Output("y").Build();

    private static IReadOnlyDictionary<string, LayerMoments> Collect(OnnxModel model, int patches, bool holdsOut = false)
    {
        var data = new Dataset([new BoundArray("x", [ModelBuilder.Random("x", Samples, 4)], 0)], null, [.. Enumerable.Range(0, Samples)], null);
        return new MomentCollector(new OrtInference()) { HoldsOut = holdsOut }.Collect(model, model.Graph.Nodes, data, patches, new CalibrationOptions { BatchSize = 4 }, TestContext.Current.CancellationToken);
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
