using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Layers;

public sealed class ReduceMeanTests
{
    [Fact]
    public void Mean_over_height_and_width_is_a_global_pool()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3, 4, 5).Node("ReduceMean", "x -> y", ("axes", Ints(-1, 2))).Output("y").Build();

        Assert.Equal(["GlobalAveragePool"], PassCheck.Operators(PassCheck.Rewrite(new ReduceMeanToGlobalAveragePool(), model)));
    }

    [Fact]
    public void Axes_that_are_not_kept_are_flattened_away()
    {
        OnnxModel model = new ModelBuilder(18).Input("x", "N", 3, 4, 5).Constant("axes", Tensor.Vector<long>(2, 3)).Node("ReduceMean", "x axes -> y", ("keepdims", 0)).Output("y").Build();

        Assert.Equal(["GlobalAveragePool", "Flatten"], PassCheck.Operators(PassCheck.Rewrite(new ReduceMeanToGlobalAveragePool(), model)));
    }

    [Theory]
    [InlineData(3L)]
    [InlineData(1L, 2L, 3L)]
    [InlineData(1L, 2L)]
    public void Other_axes_stay(params long[] axes) =>
        Assert.Single(PassCheck.Decline(new ReduceMeanToGlobalAveragePool(), new ModelBuilder().Input("x", "N", 3, 4, 5).Node("ReduceMean", "x -> y", ("axes", axes)).Output("y").Build()));

    [Fact]
    public void A_mean_over_everything_stays() =>
        Assert.Single(PassCheck.Decline(new ReduceMeanToGlobalAveragePool(), new ModelBuilder().Input("x", "N", 3, 4, 5).Node("ReduceMean", "x -> y").Output("y").Build()));

    [Fact]
    public void A_matrix_stays() =>
        Assert.Single(PassCheck.Decline(new ReduceMeanToGlobalAveragePool(), new ModelBuilder().Input("x", "N", 3).Node("ReduceMean", "x -> y", ("axes", Ints(1))).Output("y").Build()));
}
