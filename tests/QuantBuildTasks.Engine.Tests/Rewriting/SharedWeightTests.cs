using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>One stored weight that several places read: each gets the format that it needs, and readers of one format share it.</summary>
public sealed class SharedWeightTests
{
    [Fact]
    public void Readers_along_different_axes_get_a_copy_each()
    {
        // Rows and columns differ by a factor of 1,000 in size: with the other one's scales the results would be wrong at once.
        float[] values = Random("w", 8, 8).Span<float>().ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= MathF.Pow(10, (i / 8 % 4) - 2);
        }

        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 8).Constant("w", Tensor.Of(values, 8, 8))
            .Node("Gemm", "x w -> g", ("transB", 1)).Node("MatMul", "x w -> m").Output("g").Output("m"));

        Assert.Equal([0, 1], quantized.Plan.Weights.Select(w => w.Axis!.Value));
        Assert.Equal(2, quantized.Model.Graph.Initializers.Count(i => i.Type == ElementType.Int8 && i.Shape!.Rank == 2));
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 30, $"{db:0.0} dB"));
    }

    [Fact]
    public void Readers_of_one_format_share_it()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 8).Weight("w", 8, 8)
            .Node("MatMul", "x w -> a").Node("MatMul", "a w -> b").Output("b"));

        Assert.Single(quantized.Model.Graph.Initializers, i => i.Type == ElementType.Int8 && i.Shape!.Rank == 2);
        Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 30, $"{db:0.0} dB"));
    }

    [Fact]
    public void A_table_stays_float_for_Gather_and_becomes_integer_for_the_layer_that_multiplies_with_it()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", "N", 8).Constant("ids", Tensor.Vector(5L, 1)).Weight("w", 12, 8)
            .Node("Gather", "w ids -> rows").Node("Gemm", "x w -> y", ("transB", 1)).Output("y").Output("rows"));

        Assert.Contains("QGemm", quantized.OptimizedOperators(), StringComparison.Ordinal);
        double[] sqnr = quantized.SqnrDb();
        Assert.True(sqnr[0] >= 30, $"{sqnr[0]:0.0} dB");
        Assert.Equal(double.PositiveInfinity, sqnr[1]);
    }

    [Fact]
    public void A_weight_that_one_reader_keeps_float_is_integer_for_the_other()
    {
        QuantizedModel quantized = QuantizedModel.Of(
            new ModelBuilder().Input("x", "N", 8).Weight("w", 8, 8).Node("MatMul", "x w -> a").Node("MatMul", "x w -> b").Output("a").Output("b"),
            n => n.Name == "MatMul_b" ? "kept" : null);

        double[] sqnr = quantized.SqnrDb();
        Assert.InRange(sqnr[0], 30, 100);
        Assert.Equal(double.PositiveInfinity, sqnr[1]);
    }
}
