using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Inference;

public sealed class SteppedModelTests
{
    [Fact]
    public void Layers_read_what_the_whole_model_computes()
    {
        OnnxModel model = Chain();
        Tensor[] batches = [Random("one", 3, 4), Random("two", 2, 4), Random("three", 1, 4)];
        var stepped = new SteppedModel(new OrtInference(), model, n => n.Is("MatMul"), batches.Select(Inputs));
        using IInferenceSession whole = new OrtInference().Open(ExposedModel.From(model, ["s"]).File, new SessionSettings { Optimization = GraphOptimization.None });

        Assert.Equal(3, stepped.Steps);
        stepped.Advance(0, 2, long.MaxValue, TestContext.Current.CancellationToken);
        stepped.Advance(1, 2, long.MaxValue, TestContext.Current.CancellationToken);

        for (int b = 0; b < batches.Length; b++)
        {
            float[] expected = whole.Run(Inputs(batches[b]))[1].Span<float>().ToArray();
            Assert.Equal(expected, stepped.Get(b, model.Graph.Find("s")!).Span<float>().ToArray());
        }
    }

    [Fact]
    public void Weights_that_change_between_steps_count()
    {
        OnnxModel model = Chain();
        var stepped = new SteppedModel(new OrtInference(), model, n => n.Is("MatMul"), [Inputs(Random("one", 3, 4))]);
        stepped.Advance(0, 1, long.MaxValue, TestContext.Current.CancellationToken);
        model.Graph.Nodes[0].SetConstant(1, Tensor.Of(new float[16], 4, 4), "zeros");

        stepped.Advance(1, 1, long.MaxValue, TestContext.Current.CancellationToken);

        // x·0, behind a Relu, and x itself added to it.
        Assert.Equal(Random("one", 3, 4).Span<float>().ToArray(), stepped.Get(0, model.Graph.Find("s")!).Span<float>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Batches_without_room_are_left_out_whatever_the_number_of_workers(int workers)
    {
        OnnxModel model = Chain();
        var stepped = new SteppedModel(new OrtInference(), model, n => n.Is("MatMul"), Enumerable.Range(0, 6).Select(b => Inputs(Random($"batch {b}", 1, 4))));
        stepped.Advance(0, workers, 1, TestContext.Current.CancellationToken);
        Assert.Equal(6, stepped.Batches);

        // Of each batch one row of four numbers is kept.
        stepped.Advance(1, workers, 3 * 16, TestContext.Current.CancellationToken);

        Assert.Equal(3, stepped.Batches);
    }

    private static OnnxModel Chain() => new ModelBuilder().Input("x", "N", 4).Weight("v", 4, 4).Weight("w", 4, 4)
        .Node("MatMul", "x v -> a").Node("Relu", "a -> r").Node("Add", "r x -> s").Node("MatMul", "s w -> y").Output("y").Build();

    private static IReadOnlyDictionary<string, Tensor> Inputs(Tensor x) => new Dictionary<string, Tensor> { ["x"] = x };
}
