using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Calibration.Moments;

public sealed class PairedSumsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Moments_are_those_of_the_patches(bool withProducts)
    {
        (Tensor exact, Tensor read) = (Random("x", 6, 4), Random("y", 6, 4));
        Node node = new ModelBuilder().Input("x", "N", 4).Weight("w", 4, 3).Node("MatMul", "x w -> y").Output("y").Build().Graph.Nodes[0];
        var sums = new PairedSums(LayerPatches.Of(node)!, withProducts);
        sums.Add(exact, read, 100);

        PairedMoments moments = sums.ToMoments();

        (float[] x, float[] y) = (exact.Span<float>().ToArray(), read.Span<float>().ToArray());
        float[]? cross = moments.Cross(0, centred: false);
        Assert.Equal(withProducts, cross is not null);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Enumerable.Range(0, 6).Average(p => y[(p * 4) + i]), moments.Read.Mean[i], 1e-6);
            Assert.Equal(Enumerable.Range(0, 6).Average(p => x[(p * 4) + i] - y[(p * 4) + i]), moments.MeanMissing[i], 1e-6);
            for (int j = 0; j < 4; j++)
            {
                Assert.Equal(Enumerable.Range(0, 6).Average(p => y[(p * 4) + i] * y[(p * 4) + j]), moments.Read.Second[(i * 4) + j], 1e-6);
                Assert.Equal(Enumerable.Range(0, 6).Average(p => y[(p * 4) + i] * (x[(p * 4) + j] - y[(p * 4) + j])), cross?[(i * 4) + j] ?? Enumerable.Range(0, 6).Average(p => y[(p * 4) + i] * (x[(p * 4) + j] - y[(p * 4) + j])), 1e-6);
            }
        }
    }

    [Fact]
    public void Groups_keep_apart()
    {
        (Tensor exact, Tensor read) = (Random("x", 2, 4, 3, 3), Random("y", 2, 4, 3, 3));
        Node node = new ModelBuilder().Input("x", "N", 4, 3, 3).Weight("w", 6, 2, 3, 3).Node("Conv", "x w -> y", ("group", 2)).Output("y").Build().Graph.Nodes[0];
        var sums = new PairedSums(LayerPatches.Of(node)!, withProducts: true);
        sums.Add(exact, read, 100);

        float[] cross = sums.ToMoments().Cross(1, centred: false)!;

        // The second group reads channels 2 and 3, each a patch of nine numbers.
        (float[] x, float[] y) = (exact.Span<float>().ToArray(), read.Span<float>().ToArray());
        Assert.Equal(Enumerable.Range(0, 2).Average(n => y[(n * 36) + 18 + 4] * (x[(n * 36) + 27 + 1] - y[(n * 36) + 27 + 1])), cross[(4 * 18) + 10], 1e-6);
    }
}
