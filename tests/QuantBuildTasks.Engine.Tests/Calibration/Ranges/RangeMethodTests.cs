using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Ranges;

namespace QuantBuildTasks.Engine.Tests.Calibration.Ranges;

public sealed class RangeMethodTests
{
    private static readonly Gen<float[]> Data = Gen.OneOf(
        Gen.Float[-3, 5].Array[1, 300],
        Gen.Float[0, 7].Select(v => v < 3 ? 0 : v).Array[1, 300],
        Gen.Float[-1, 1].Select(v => v * v * v * 100).Array[1, 300],
        Gen.Float[5, 5.001f].Array[1, 50]);

    [Fact]
    public void Ranges_always_hold_zero()
    {
        Assert.Equal(new ValueRange(0, 7), Of([3, 7]).Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(-7, 0), Of([-3, -7]).Range(RangeMethod.MinMax));
        Assert.Equal(default, new TensorStatistics("x", new Histogram()).Range(RangeMethod.Mse));
    }

    [Fact]
    public void Tensors_of_one_value_have_a_range()
    {
        RangeMethod[] methods = [RangeMethod.MinMax, RangeMethod.MovingAverage, RangeMethod.Mse, RangeMethod.WeightedMse(4), RangeMethod.Percentile(99), RangeMethod.Entropy];

        Assert.All(methods, m => Assert.Equal(new ValueRange(0, 0), Of([0, 0, 0]).Range(m)));
        Assert.All(methods, m => Assert.Equal(new ValueRange(0, 2.5f), Of([2.5f, 2.5f]).Range(m)));
        Assert.All(methods, m => Assert.Equal(new ValueRange(-1e-40f, 0), Of([-1e-40f]).Range(m)));
    }

    [Fact]
    public void Percentile_leaves_out_half_of_the_rest_at_each_end()
    {
        // 0…9999: 1 % at each end are 100 numbers, so 100…9900 remain; bins are 4 wide.
        ValueRange range = Of([.. Enumerable.Range(-5000, 10_000).Select(i => (float)i)]).Range(RangeMethod.Percentile(98));

        Assert.Equal(-4900, range.Min, 4.0);
        Assert.Equal(4900, range.Max, 4.0);
    }

    [Fact]
    public void Percentile_forgets_an_outlier() =>
        Assert.InRange(Of([.. Enumerable.Range(0, 99_999).Select(i => i / 100_000f), 1e3f]).Range(RangeMethod.Percentile(99.99)).Max, 0.99, 1.3);

    [Fact]
    public void The_hundredth_percentile_is_min_max() =>
        Data.Sample(values => Assert.Equal(Of(values).Range(RangeMethod.MinMax), Of(values).Range(RangeMethod.Percentile(100))));

    [Fact]
    public void A_higher_percentile_never_gives_a_narrower_range() =>
        Gen.Select(Data, Gen.Double[0.1, 100], Gen.Double[0.1, 100]).Sample((values, p, q) =>
        {
            TensorStatistics tensor = Of(values);
            ValueRange narrow = tensor.Range(RangeMethod.Percentile(Math.Min(p, q)));
            ValueRange wide = tensor.Range(RangeMethod.Percentile(Math.Max(p, q)));

            Assert.True(wide.Min <= narrow.Min && narrow.Max <= wide.Max);
        });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100.5)]
    [InlineData(double.NaN)]
    public void Percentiles_outside_of_0_to_100_are_refused(double percent) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RangeMethod.Percentile(percent));

    [Fact]
    public void Least_error_is_never_worse_than_min_max_and_never_wider() =>
        Data.Sample(values =>
        {
            TensorStatistics tensor = Of(values);
            ValueRange observed = tensor.Range(RangeMethod.MinMax);
            ValueRange chosen = tensor.Range(RangeMethod.Mse);

            Assert.True(QuantizationError.Of(tensor.Histogram, chosen) <= QuantizationError.Of(tensor.Histogram, observed));
            Assert.True(observed.Min <= chosen.Min && chosen.Max <= observed.Max);
        });

    [Fact]
    public void The_estimated_error_is_that_of_quantizing_each_number()
    {
        float[] values = [.. Enumerable.Range(0, 40_000).Select(i => Bell(i) * 3), .. new float[40_000]];
        TensorStatistics tensor = Of(values);

        Assert.All(new[] { new ValueRange(-12, 12), new ValueRange(-4, 5), new ValueRange(0, 2), new ValueRange(-0.5, 0.5) }, range =>
        {
            double exact = values.Sum(v => Math.Pow(v - Quantize(v, range), 2));
            Assert.InRange(QuantizationError.Of(tensor.Histogram, range) / exact, 0.97, 1.03);
        });
    }

    [Fact]
    public void Evenly_spread_numbers_have_the_error_of_a_twelfth_of_a_step_squared()
    {
        // 0…255 in steps of 1/256, quantized in steps of 1: all but the ends are full steps.
        TensorStatistics tensor = Of([.. Enumerable.Range(0, 65_281).Select(i => i / 256f)]);

        Assert.Equal(1.0 / 12, QuantizationError.Of(tensor.Histogram, new ValueRange(0, 255)) / 65_281, 0.001);
    }

    [Fact]
    public void Least_error_clips_a_rare_outlier()
    {
        float[] values = [.. Enumerable.Range(0, 100_000).Select(Bell), 40f];
        ValueRange range = Of(values).Range(RangeMethod.Mse);

        // One number clipped by 36 costs 1300; steps for ±40 would cost 100,000·(44/255)²/12 = 248 more than steps for ±4: so it stays inside…
        Assert.InRange(range.Max, 20, 40);

        // …but not one clipped by 6 against finer steps for a million.
        float[] more = [.. Enumerable.Range(0, 1_000_000).Select(Bell), 10f];
        Assert.InRange(Of(more).Range(RangeMethod.Mse).Max, 3.5, 6);
    }

    [Fact]
    public void Least_error_beats_every_range_of_a_dense_grid_by_search_over_both_ends()
    {
        float[] values = [.. Enumerable.Range(0, 20_000).Select(i => Bell(i) is var v && v < 0 ? v * 0.1f : v * v)];
        TensorStatistics tensor = Of(values);
        ValueRange observed = tensor.Range(RangeMethod.MinMax);
        double chosen = QuantizationError.Of(tensor.Histogram, tensor.Range(RangeMethod.Mse));

        double best = Enumerable.Range(1, 40).SelectMany(i => Enumerable.Range(1, 40), (i, j) =>
            QuantizationError.Of(tensor.Histogram, new ValueRange(observed.Min * i / 40, observed.Max * j / 40))).Min();

        Assert.InRange(chosen, 0, best * 1.02);
    }

    [Fact]
    public void No_method_gives_more_than_was_observed_or_leaves_out_zero() =>
        Data.Sample(values =>
        {
            TensorStatistics tensor = Of(values);
            ValueRange observed = tensor.Range(RangeMethod.MinMax);

            Assert.All(All, m => Assert.True(observed.Min <= tensor.Range(m).Min && tensor.Range(m) is { Min: <= 0, Max: >= 0 } && tensor.Range(m).Max <= observed.Max));
        });

    [Fact]
    public void What_was_seen_in_parts_gives_the_range_of_the_whole_in_any_order() =>
        Gen.Select(Data, Data, Data).Sample((a, b, c) =>
        {
            Histogram parts = Of(c).Histogram;
            parts.Merge(Of(a).Histogram);
            parts.Merge(Of(b).Histogram);

            Assert.All(All, m => Assert.Equal(Of([.. a, .. b, .. c]).Range(m), new TensorStatistics("x", parts).Range(m)));
        });

    [Fact]
    public void More_numbers_never_narrow_min_max() =>
        Gen.Select(Data, Data).Sample((a, b) =>
        {
            (ValueRange some, ValueRange all) = (Of(a).Range(RangeMethod.MinMax), Of([.. a, .. b]).Range(RangeMethod.MinMax));

            Assert.True(all.Min <= some.Min && some.Max <= all.Max);
        });

    [Fact]
    public void Clipped_numbers_count_by_their_weight()
    {
        // Steps of 1 up to 255: 257 is off by 2, so 1/4 + 8·(4 − 1/4); 100.25 is rounded off by 1/4.
        float[] values = [100.25f, 257];

        Assert.Equal(0.0625 + 4, QuantizationError.Of(Spread(values), new ValueRange(0, 255)), 0.05);
        Assert.Equal(0.0625 + 0.25 + (8 * 3.75), QuantizationError.Of(Spread(values), new ValueRange(0, 255), 8), 0.2);

        static Histogram Spread(float[] values) => Of(values).Histogram;
    }

    [Fact]
    public void The_more_clipping_counts_the_less_is_clipped()
    {
        TensorStatistics tensor = Of([.. Enumerable.Range(0, 200_000).Select(Bell), 10f]);
        double[] ends = [.. new[] { 0.25, 1, 16, 1e6 }.Select(w => tensor.Range(RangeMethod.WeightedMse(w)).Max)];

        Assert.Equal(ends.Order(), ends);
        Assert.True(ends[0] < ends[2]);
        Assert.Equal(10, ends[3], 0.1);
    }

    [Fact]
    public void Entropy_finds_the_threshold_that_its_definition_gives()
    {
        // Quantiles of an exponential distribution; the expected ends were computed from the definition by another program, over the same bins.
        float[] bell = [.. Quantiles.Select(x => (float)x), .. Quantiles.Select(x => -0.5f * (float)x)];

        Assert.Equal((-6.1030364, 10.0127941), Ends(Of(bell)));
        Assert.Equal((0, 31.4272027), Ends(Of([.. Quantiles.Select(x => (float)((double)(float)x * (float)x))])));

        static (double, double) Ends(TensorStatistics tensor) => (Math.Round(tensor.Range(RangeMethod.Entropy).Min, 7), Math.Round(tensor.Range(RangeMethod.Entropy).Max, 7));
    }

    [Fact]
    public void Entropy_clips_nothing_of_what_is_evenly_spread() =>
        Assert.Equal(1, Of([.. Enumerable.Range(0, 100_000).Select(i => (i + 0.5f) / 100_000)]).Range(RangeMethod.Entropy).Max, 0.001);

    private static readonly RangeMethod[] All =
    [
        RangeMethod.MinMax, RangeMethod.MovingAverage, RangeMethod.Mse, RangeMethod.WeightedMse(0.25), RangeMethod.WeightedMse(16), RangeMethod.Percentile(99.9), RangeMethod.Entropy,
    ];

    private static IEnumerable<double> Quantiles => Enumerable.Range(0, 100_000).Select(i => -Math.Log(1 - ((i + 0.5) / 100_000)));

    private static TensorStatistics Of(float[] values)
    {
        var histogram = new Histogram();
        Assert.True(histogram.TryAdd(values));
        return new TensorStatistics("x", histogram);
    }

    /// <summary>Roughly normal, mean 0, variance 1: twelve evenly spread numbers, minus six.</summary>
    private static float Bell(int i)
    {
        double sum = 0;
        for (int k = 1; k <= 12; k++)
        {
            double x = Math.Sin((i * 12.9898) + (k * 78.233)) * 43758.5453;
            sum += x - Math.Floor(x);
        }

        return (float)(sum - 6);
    }

    /// <summary>QuantizeLinear and DequantizeLinear of uint8, from their formulas.</summary>
    private static double Quantize(double value, ValueRange range)
    {
        double scale = (range.Max - range.Min) / 255;
        double zero = Math.Clamp(Math.Round(-range.Min / scale), 0, 255);
        return (Math.Clamp(Math.Round(value / scale) + zero, 0, 255) - zero) * scale;
    }
}
