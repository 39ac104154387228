using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public class SampleSizesTests
{
    [Fact]
    public void Open_sizes_become_those_of_the_sample_and_the_model_stays_as_it_is()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3, "H", "W").Weight("w", 8, 3, 3, 3).Node("Conv", "x w -> c", ("strides", Ints(2, 2))).Node("Relu", "c -> y").Output("y").Build();

        IReadOnlyDictionary<string, Shape> sizes = SampleSizes.Of(model, new Dictionary<string, Tensor> { ["x"] = Random("x", 1, 3, 21, 33) }, new OrtInference());

        Assert.Equal([Shape.Of([1, 3, 21, 33]), Shape.Of([1, 8, 10, 16]), Shape.Of([1, 8, 10, 16])], new[] { "x", "c", "y" }.Select(n => sizes[n]));
        Assert.Null(model.Graph.Find("x")!.Shape![2].Value);
        Assert.Null(model.Graph.Find("c")!.Shape);
    }

    [Fact]
    public void Model_that_leaves_nothing_open_is_not_asked() => Assert.Empty(SampleSizes.Of(
        new ModelBuilder().Input("x", 1, 3).Node("Relu", "x -> y").Output("y").Build(), new Dictionary<string, Tensor> { ["x"] = Random("x", 1, 3) }, new OrtInference()));
}
