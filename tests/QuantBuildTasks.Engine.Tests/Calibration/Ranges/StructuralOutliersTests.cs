using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Calibration.Ranges;

public sealed class StructuralOutliersTests
{
    [Theory]
    [InlineData(-1e9f)]
    [InlineData(float.MinValue)]
    [InlineData(1e6f)]
    public void A_number_that_leaves_no_step_for_the_others_is_kept_out_of_the_range(float mark)
    {
        TensorStatistics tensor = Watch(false, -3, 2, mark, 5, mark);

        Assert.Equal(new ValueRange(-3, 5), tensor.Range(RangeMethod.MinMax));
        Assert.Equal((2, 3), (tensor.Outliers!.Count, tensor.Histogram.Count));
        Assert.Equal((Math.Min(-3, mark), Math.Max(5, mark)), tensor.Observed);
        Assert.InRange(tensor.Histogram.BinWidth, 0, 8.0 / 2048);
    }

    [Fact]
    public void Large_numbers_beside_others_that_are_not_small_are_numbers() =>
        Gen.Float[-32_768, 32_767].Array[1, 200].Sample(values =>
        {
            var plain = new Histogram();
            Assert.True(plain.TryAdd([.. values, 100f]));
            TensorStatistics watched = Watch(false, [.. values, 100f]);

            Assert.Null(watched.Outliers);
            Assert.Equal(plain.Counts.ToArray(), watched.Histogram.Counts.ToArray());
            Assert.Equal((plain.Min, plain.Max, plain.ZeroCount), (watched.Histogram.Min, watched.Histogram.Max, watched.Histogram.ZeroCount));
        });

    [Fact]
    public void A_tensor_of_nothing_but_large_numbers_keeps_them() =>
        Assert.Equal(new ValueRange(-2e9f, 0), Watch(false, -1e9f, -2e9f, 0).Range(RangeMethod.MinMax));

    [Fact]
    public void Minus_infinity_is_a_mark_only_where_the_model_knows_it_as_one()
    {
        Assert.Equal((new ValueRange(-1, 2), 1L), Watch(true, -1, float.NegativeInfinity, 2) is var t ? (t.Range(RangeMethod.MinMax), t.Outliers!.Count) : default);
        Assert.False(new TensorWatch(false).TryAdd([1, float.NegativeInfinity], 1, 0, out _, out _));
        Assert.All(new[] { float.NaN, float.PositiveInfinity }, broken => Assert.False(new TensorWatch(true).TryAdd([1, broken], 1, 0, out _, out _)));
    }

    [Fact]
    public void Watches_that_are_merged_see_what_one_would()
    {
        var one = new TensorWatch(true);
        Assert.True(one.TryAdd([1, -1e9f], 1, 0, out _, out _));
        var other = new TensorWatch(true);
        Assert.True(other.TryAdd([float.NegativeInfinity, -4], 1, 0, out float min, out float max));
        one.Merge(other);
        TensorStatistics merged = one.ToStatistics("x", default, 0);

        Assert.Equal((-4f, -4f), (min, max));
        Assert.Equal((new ValueRange(-4, 1), 2L), (merged.Range(RangeMethod.MinMax), merged.Outliers!.Count));
    }

    [Theory]
    [InlineData(float.NegativeInfinity)]
    [InlineData(-1e9f)]
    [InlineData(float.MinValue)]
    public void Masked_scores_keep_fine_steps_and_stay_masked(float mark)
    {
        TensorStatistics scores = Calibrate(Attention(mark), "masked");
        ValueRange range = scores.Range(RangeMethod.MinMax);

        Assert.Equal(scores.Histogram.Max, range.Max);
        Assert.Equal(-12, range.Min);
        Assert.InRange(range.Max - range.Min, 12, 16);

        // Softmax of two scores and a mark that saturates at the range's end: the mark's share rounds to 0 in 8 bits.
        double step = (range.Max - range.Min) / 255;
        double least = Math.Exp(range.Min - scores.Histogram.Min);
        Assert.InRange(128 * least, 0, 0.5 / 255);
        Assert.InRange(step, 0, 0.07);
    }

    [Fact]
    public void Minus_infinity_that_a_sum_would_meet_is_an_error()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Constant("mark", Tensor.Scalar(float.NegativeInfinity)).Constant("zero", Tensor.Scalar(0f))
            .Node("Less", "x zero -> hidden").Node("Where", "hidden mark x -> masked").Node("ReduceSum", "masked -> y").Output("y").Build();

        Assert.Equal(Codes.NotFinite, Assert.Throws<QuantException>(() => Calibrate(model, "masked")).Diagnostic.Code);
    }

    [Fact]
    public void A_padded_maximum_needs_no_room_below()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Constant("pads", Tensor.Of<long>([0, 1, 0, 0], 4)).Constant("least", Tensor.Scalar(float.MinValue))
            .Node("Pad", "x pads least -> padded").Node("ReduceMax", "padded -> y").Output("y").Build();

        TensorStatistics padded = Calibrate(model, "padded");

        Assert.Equal((4L, 0.0), (padded.Outliers!.Count, padded.Outliers.Room));
        Assert.Equal(padded.Histogram.Min, padded.Range(RangeMethod.MinMax).Min);
    }

    /// <summary>Scores, of which those below zero are masked, and their Softmax.</summary>
    private static OnnxModel Attention(float mark) => new ModelBuilder().Input("x", "N", 3).Constant("mark", Tensor.Scalar(mark)).Constant("zero", Tensor.Scalar(0f))
        .Node("Less", "x zero -> hidden").Node("Where", "hidden mark x -> masked").Node("Softmax", "masked -> y", ("axis", -1)).Output("y").Build();

    private static TensorStatistics Calibrate(OnnxModel model, string tensor)
    {
        float[] values = [1, 2, -1, 3, -2, 0.5f, 0.25f, 1.5f, -0.5f, 2.5f, -3, 1];
        var data = new Dataset([new BoundArray("x", [Tensor.Of(values, 4, 3)], 0)], null, [0, 1, 2, 3], null);
        return new Calibrator(new OrtInference()).Calibrate(model, [tensor], data, new CalibrationOptions { BatchSize = 2 }, TestContext.Current.CancellationToken).Find(tensor)!;
    }

    private static TensorStatistics Watch(bool minusInfinity, params float[] values)
    {
        var watch = new TensorWatch(minusInfinity);
        Assert.True(watch.TryAdd(values, 1, 0, out _, out _));
        return watch.ToStatistics("x", default, 0);
    }
}
