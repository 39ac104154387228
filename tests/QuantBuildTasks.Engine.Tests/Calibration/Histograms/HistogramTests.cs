using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Tests.Calibration.Histograms;

public sealed class HistogramTests
{
    private static readonly float[] Corners = [0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1f, -1e-30f];

    /// <summary>Floats of all sizes, denormals and both zeros among them.</summary>
    private static readonly Gen<float> Wild = Gen.OneOf(
        Gen.Float.Where(float.IsFinite),
        Gen.Float[-1, 1],
        Gen.Int[0, Corners.Length - 1].Select(i => Corners[i]));

    private static readonly Gen<float[]> Data = Gen.OneOf(Gen.Float[-3, 5].Array[1, 200], Gen.Float[0, 1e-6f].Array[1, 200], Wild.Array[1, 60]);

    [Fact]
    public void It_equals_the_count_of_each_bin_on_the_coarsest_grid_that_fits() =>
        Data.Sample(values => AssertEqual(Oracle(values), Of(values)));

    [Fact]
    public void It_does_not_depend_on_order_or_on_how_the_numbers_are_spread_over_histograms() =>
        Gen.Select(Data, Gen.Int[1, 5], Gen.Int).Sample((values, parts, seed) =>
        {
            Histogram[] histograms = [.. Enumerable.Range(0, parts).Select(_ => new Histogram())];
            for (int i = 0; i < values.Length; i++)
            {
                // A different order, one by one, so that grids grow in another way.
                float value = values[(i + (seed & 0xFFFF)) % values.Length];
                histograms[i % parts].TryAdd([value]);
            }

            Histogram merged = histograms[^1];
            foreach (Histogram histogram in histograms[..^1].Reverse())
            {
                merged.Merge(histogram);
            }

            AssertEqual(Oracle(values), merged);
        });

    [Fact]
    public void Merging_keeps_the_range_of_numbers_that_were_not_counted()
    {
        var counted = new Histogram();
        var included = new Histogram();
        Assert.True(counted.TryAdd([1, 2]));
        Assert.True(included.TryInclude([-3, 5]));

        counted.Merge(included);

        Assert.Equal((-3f, 5f, 2), (counted.Min, counted.Max, counted.Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Any_length_is_counted(int length)
    {
        float[] values = [.. Enumerable.Range(0, length).Select(i => MathF.Sin(i) * i)];
        Histogram histogram = Of(values);

        Assert.Equal(length, histogram.Count);
        if (length > 0)
        {
            AssertEqual(Oracle(values), histogram);
        }
    }

    [Fact]
    public void Memory_is_bounded_however_far_outliers_lie()
    {
        Histogram histogram = Of([1e-30f, 1f, 1e30f, -1e-20f, float.MaxValue, float.MinValue]);

        Assert.InRange(histogram.Counts.Length, 1, HistogramGrid.Budget);
        Assert.Equal(6, histogram.Counts.ToArray().Sum());
    }

    [Fact]
    public void Spread_out_data_use_more_than_half_of_the_bins()
    {
        Histogram histogram = Of([.. Enumerable.Range(0, 10_000).Select(i => i / 1000f)]);

        // 9.999 = 2559.7 bins of 2^-8; at 2^-9 it would be more than 4096.
        Assert.Equal(Math.ScaleB(1, -8), histogram.BinWidth);
        Assert.Equal(2560, histogram.Counts.Length);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Numbers_that_are_not_finite_are_refused_at_any_place(float bad) =>
        Assert.All(Enumerable.Range(0, 40), at =>
        {
            float[] values = new float[40];
            values[at] = bad;
            Assert.False(new Histogram().TryAdd(values));
        });

    [Fact]
    public void A_negative_zero_is_a_zero()
    {
        Histogram histogram = Of([-0f, -0f]);

        Assert.Equal(0, histogram.FirstBin);
        Assert.Equal(2, histogram.ZeroCount);
        Assert.False(float.IsNegative(histogram.Min));
    }

    private static Histogram Of(float[] values)
    {
        var histogram = new Histogram();
        Assert.True(histogram.TryAdd(values));
        return histogram;
    }

    /// <summary>The definition: the least exponent for which all numbers lie in 4096 bins with indices below 2^23, and then ⌊x·2^-e⌋ in double.</summary>
    private static (int Exponent, SortedDictionary<int, long> Counts, long Zeros, float Min, float Max) Oracle(float[] values)
    {
        double min = values.Min();
        double max = values.Max();
        int exponent = -126;
        bool Fits(int e) => Math.Floor(max * Math.Pow(2, -e)) - Math.Floor(min * Math.Pow(2, -e)) < 4096
            && Math.Max(Math.Abs(min), Math.Abs(max)) * Math.Pow(2, -e) < 1 << 23;
        while (!Fits(exponent))
        {
            exponent++;
        }

        var counts = new SortedDictionary<int, long>();
        foreach (float value in values)
        {
            int bin = (int)Math.Floor(value * Math.Pow(2, -exponent));
            counts[bin] = counts.GetValueOrDefault(bin) + 1;
        }

        return (exponent, counts, values.Count(v => v == 0), (float)min, (float)max);
    }

    private static void AssertEqual((int Exponent, SortedDictionary<int, long> Counts, long Zeros, float Min, float Max) expected, Histogram actual)
    {
        Assert.Equal(Math.Pow(2, expected.Exponent), actual.BinWidth);
        Assert.Equal((double)expected.Min, actual.Min);
        Assert.Equal((double)expected.Max, actual.Max);
        Assert.Equal(expected.Zeros, actual.ZeroCount);
        Assert.Equal(expected.Counts.Values.Sum(), actual.Count);
        long[] counts = actual.Counts.ToArray();
        Assert.Equal(expected.Counts, new SortedDictionary<int, long>(Enumerable.Range(0, counts.Length).Where(i => counts[i] > 0).ToDictionary(i => actual.FirstBin + i, i => counts[i])));
    }
}
