using CsCheck;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Statistics;

public sealed class IntervalTests
{
    [Theory]
    [InlineData(10, 3, 100, -0.000766, 0.149864, 1e-6)]
    [InlineData(0, 0, 200, -0.018845, 0.018845, 1e-6)]
    [InlineData(44, 27, 10000, 0.0000498, 0.0034357, 1e-7)]
    public void Tango_gives_the_values_of_a_second_implementation(int b, int c, int n, double low, double high, double tolerance)
    {
        Interval interval = TangoInterval.Of(b, c, n);

        Assert.Equal(low, interval.Low, tolerance);
        Assert.Equal(high, interval.High, tolerance);
    }

    [Fact]
    public void Tango_without_disagreement_is_z_squared_over_n_plus_z_squared() =>
        Gen.Int[1, 100_000].Sample(n =>
        {
            const double Z2 = 1.959963984540054 * 1.959963984540054;
            Assert.Equal(Z2 / (n + Z2), TangoInterval.Of(0, 0, n).High, 1e-9);
        });

    [Fact]
    public void Tango_holds_the_estimate_stays_in_bounds_and_mirrors() =>
        Gen.Select(Gen.Int[0, 50], Gen.Int[0, 50], Gen.Int[0, 5000]).Where(t => t.Item1 + t.Item2 + t.Item3 > 0).Sample((b, c, others) =>
        {
            int n = b + c + others;
            Interval interval = TangoInterval.Of(b, c, n);
            Interval mirrored = TangoInterval.Of(c, b, n);

            Assert.InRange((double)(b - c) / n, interval.Low, interval.High);
            Assert.InRange(interval.Low, -1, 1);
            Assert.InRange(interval.High, -1, 1);
            Assert.Equal(-interval.Low, mirrored.High, 1e-9);
        });

    [Fact]
    public void SplitMix64_gives_its_published_numbers()
    {
        var random = new SplitMix64(1234567);

        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL],
            [random.Next(), random.Next(), random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Bootstrap_gives_the_values_of_a_second_implementation()
    {
        Interval even = PairedBootstrap.OfMean([.. Enumerable.Range(0, 20).Select(i => i / 100.0)]);
        Interval rare = PairedBootstrap.OfMean([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

        Assert.Equal((0.0695, 0.12), (even.Low, even.High), Near);
        Assert.Equal((0, 0.3), (rare.Low, rare.High), Near);
    }

    [Fact]
    public void Bootstrap_of_equal_differences_has_no_width() =>
        Assert.Equal((0.25, 0.25), (PairedBootstrap.OfMean([0.25, 0.25, 0.25]).Low, PairedBootstrap.OfMean([0.25, 0.25, 0.25]).High), Near);

    private static bool Near((double A, double B) x, (double A, double B) y) => Math.Abs(x.A - y.A) < 1e-12 && Math.Abs(x.B - y.B) < 1e-12;
}
