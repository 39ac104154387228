using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Tests.Conditioning;

namespace QuantBuildTasks.Engine.Tests.Calibration.Channels;

public sealed class ChannelWatcherTests
{
    private static readonly Tensor Samples = ModelBuilder.Random("samples", 11, 3, 5, 4);

    [Fact]
    public void Extremes_means_and_mean_squares_are_those_of_each_channel()
    {
        OnnxModel model = Model();

        IReadOnlyDictionary<string, ChannelStatistics> seen = Conditioned.Watch(model, ["a", "p"], Samples);

        Assert.Equal(["a", "p"], seen.Keys.Order(StringComparer.Ordinal));
        Same(Conditioned.Run(model, Samples, "a"), 6, 20, seen["a"]);
        Same(Conditioned.Run(model, Samples, "p"), 6, 1, seen["p"]);
    }

    [Fact]
    public void Not_a_bit_depends_on_the_number_of_workers()
    {
        IReadOnlyDictionary<string, ChannelStatistics>[] seen = [.. new[] { 1, 2, 3 }.Select(w => Conditioned.Watch(Model(), ["a", "p"], Samples, w, batchSize: 2))];

        foreach (IReadOnlyDictionary<string, ChannelStatistics> other in seen)
        {
            Assert.All(["a", "p"], name =>
            {
                Assert.Equal(seen[0][name].Min, other[name].Min);
                Assert.Equal(seen[0][name].Max, other[name].Max);
                Assert.Equal(seen[0][name].Mean.Select(BitConverter.DoubleToInt64Bits), other[name].Mean.Select(BitConverter.DoubleToInt64Bits));
                Assert.Equal(seen[0][name].MeanSquare.Select(BitConverter.DoubleToInt64Bits), other[name].MeanSquare.Select(BitConverter.DoubleToInt64Bits));
            });
        }
    }

    [Fact]
    public void Tensors_that_are_not_float32_or_have_no_channels_are_left_out()
    {
        OnnxModel model = Conditioned.WithShapes(new ModelBuilder().Input("x", "N", 3, 5, 4).Constant("flat", Tensor.Vector(-1L)).Node("Cast", "x -> whole", ("to", (int)ElementType.Int64))
            .Node("Neg", "x -> kept").Node("Reshape", "kept flat -> row").Node("Relu", "row -> y").Output("y").Output("whole", ElementType.Int64));

        Assert.Equal(["kept"], Conditioned.Watch(model, ["kept", "whole", "row"], Samples).Keys);
    }

    private static OnnxModel Model() => Conditioned.WithShapes(new ModelBuilder().Input("x", "N", 3, 5, 4).Weight("w", 6, 3, 3, 3).Weight("b", 6)
        .Node("Conv", "x w b -> a", ("pads", ModelBuilder.Ints(1, 1, 1, 1))).Node("GlobalAveragePool", "a -> p").Node("Relu", "p -> y").Output("y"));

    private static void Same(float[] values, int channels, int positions, ChannelStatistics seen)
    {
        float[][] byChannel = [.. Enumerable.Range(0, channels).Select(c => values.Where((_, i) => i / positions % channels == c).ToArray())];

        // Batches of other sizes may sum a convolution in another order.
        Assert.All(byChannel.Zip(seen.Min), p => Assert.Equal(p.First.Min(), p.Second, 1e-5f));
        Assert.All(byChannel.Zip(seen.Max), p => Assert.Equal(p.First.Max(), p.Second, 1e-5f));
        Assert.All(byChannel.Zip(seen.Mean), p => Assert.Equal(p.First.Average(v => (double)v), p.Second, 1e-5));
        Assert.All(byChannel.Zip(seen.MeanSquare), p => Assert.Equal(p.First.Average(v => (double)v * v), p.Second, 1e-5));
        Assert.All(byChannel, c => Assert.Equal(c.Length, seen.Count));
    }
}
