using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class NormalizationTests
{
    private static ModelBuilder BatchNormalization(long opset, string outputs, params (string, object)[] attributes) =>
        new ModelBuilder(opset).Input("x", 2, 3, 4).Weight("scale", 3).Weight("bias", 3).Weight("mean", 3).PositiveWeight("variance", 3)
            .Node("BatchNormalization", $"x scale bias mean variance -> {outputs}", attributes);

    /// <summary>Channel of an element of [2, 3, 4], and what the formula makes of it.</summary>
    private static IEnumerable<float> Expected(Func<int, int> parameter, params long[] sizes)
    {
        float[] x = UpgradeCheck.Fed("x", 2, 3, 4), scale = UpgradeCheck.Fed("scale", sizes), bias = UpgradeCheck.Fed("bias", sizes), mean = UpgradeCheck.Fed("mean", sizes);
        float[] variance = Array.ConvertAll(UpgradeCheck.Fed("variance", sizes), v => 1 + (v / 2));
        return x.Select((v, i) => ((v - mean[parameter(i)]) / MathF.Sqrt(variance[parameter(i)] + 1e-3f) * scale[parameter(i)]) + bias[parameter(i)]);
    }

    [Fact]
    public void A_node_in_test_mode_keeps_its_numbers()
    {
        ModelBuilder builder = BatchNormalization(5, "y", ("is_test", 1), ("epsilon", 1e-3f), ("consumed_inputs", new long[] { 0, 0, 0, 1, 1 })).Output("y");

        OnnxModel upgraded = UpgradeCheck.Gives(Expected(i => i / 4 % 3, 3), builder);

        Assert.Equal(["epsilon"], upgraded.Graph.Nodes[0].Attributes.Select(a => a.Name));
    }

    [Fact]
    public void A_node_that_trains_is_refused() => Assert.Contains("training mode", UpgradeCheck.Refusal(BatchNormalization(6, "y").Output("y")), StringComparison.Ordinal);

    [Fact]
    public void Outputs_of_training_that_nothing_reads_go() =>
        Assert.Single(UpgradeCheck.Upgrade(BatchNormalization(9, "y m v sm sv").Output("y")).Graph.Nodes[0].Outputs);

    [Fact]
    public void Outputs_of_training_that_are_read_are_refused() =>
        Assert.Contains("running mean", UpgradeCheck.Refusal(BatchNormalization(9, "y m").Output("y").Output("m")), StringComparison.Ordinal);

    [Fact]
    public void A_mean_for_each_place_becomes_the_formula()
    {
        ModelBuilder builder = new ModelBuilder(8).Input("x", 2, 3, 4).Weight("scale", 3, 4).Weight("bias", 3, 4).Weight("mean", 3, 4).PositiveWeight("variance", 3, 4)
            .Node("BatchNormalization", "x scale bias mean variance -> y", ("spatial", 0), ("epsilon", 1e-3f)).Output("y");

        UpgradeCheck.Gives(Expected(i => i % 12, 3, 4), builder);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(11)]
    public void Dropout_passes_its_input_on(long opset) => UpgradeCheck.Gives(
        UpgradeCheck.Fed("x", 3),
        new ModelBuilder(opset).Input("x", 3).Node("Dropout", "x -> y m", ("ratio", 0.7f)).Output("y"));

    [Fact]
    public void A_mask_that_is_read_keeps_its_type()
    {
        OnnxModel upgraded = UpgradeCheck.Upgrade(new ModelBuilder(9).Input("x", 3).Node("Dropout", "x -> y m").Output("y").Output("m"));

        Assert.Equal(["Dropout", "Cast"], PassCheck.Operators(upgraded));
        Assert.Equal([1f, 1, 1], PassCheck.Results(Engine.Model.Serialization.ModelWriter.Write(upgraded))[1].Span<float>().ToArray());
    }

    [Fact]
    public void The_scale_of_a_group_is_repeated_for_its_channels()
    {
        float[] scale = [2, 3], bias = [0.5f, -0.5f];
        ModelBuilder builder = new ModelBuilder(20).Input("x", 3, 4, 5).Constant("scale", Tensor.Vector(scale)).Constant("bias", Tensor.Vector(bias))
            .Node("GroupNormalization", "x scale bias -> y", ("num_groups", 2)).Output("y");

        // A group is two channels of five places.
        UpgradeCheck.Gives(UpgradeCheck.Fed("x", 3, 4, 5).Chunk(10).SelectMany((g, n) => Normalize(g).Select(v => (v * scale[n % 2]) + bias[n % 2])), builder);
    }

    [Fact]
    public void The_channels_of_a_group_are_counted_where_their_number_is_symbolic()
    {
        // The checks feed two channels for N.
        ModelBuilder builder = new ModelBuilder(20).Input("x", 3, "N", 5).Constant("scale", Tensor.Vector(2f)).Constant("bias", Tensor.Vector(0.5f))
            .Node("GroupNormalization", "x scale bias -> y", ("num_groups", 1)).Output("y");

        UpgradeCheck.Gives(UpgradeCheck.Fed("x", 3, 2, 5).Chunk(10).SelectMany(g => Normalize(g).Select(v => (v * 2) + 0.5f)), builder);
    }

    private static IEnumerable<float> Normalize(float[] group)
    {
        float mean = group.Average(), variance = group.Select(v => (v - mean) * (v - mean)).Average();
        return group.Select(v => (v - mean) / MathF.Sqrt(variance + 1e-5f));
    }
}
