using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Classes;
using QuantBuildTasks.Engine.Validation.Metrics.Numbers;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Metrics.Numbers;

public sealed class NumberMetricTests
{
    [Fact]
    public void Top5_counts_the_label_among_the_five_largest_and_of_equal_ones_the_first()
    {
        // Ranks of the labels: 4 and 5 (of 0…5), by ties 5 (five equal ones stand before it), and NaN.
        var metric = new TopKMetric(MetricKind.Top5, 4, _ => [4, 5, 5, 0], "m");
        float[] falling = [6, 5, 4, 3, 2, 1];
        float[] equal = [1, 1, 1, 1, 1, 1];
        float[] rising = [1, 2, 3, 4, 5, 6];
        metric.Add(new SampleRange(0, 4), [.. falling, .. falling, .. equal, .. falling], [.. falling, .. rising, .. equal, 9, float.NaN, 0, 0, 0, 0]);

        MetricResult result = metric.Result(default);

        Assert.Equal((MetricKind.Top5, 0.5, 0.5, 0.0), (result.Kind, result.FloatValue, result.Value, result.Drop));
        Assert.Equal(TangoInterval.Of(1, 1, 4), result.DropInterval);
    }

    [Fact]
    public void Top5_of_five_classes_would_always_hold_and_is_refused()
    {
        var metric = new TopKMetric(MetricKind.Top5, 1, _ => [0], "m");

        Diagnostic found = Assert.Throws<QuantException>(() => metric.Add(new SampleRange(0, 1), [1, 2, 3, 4, 5], [1, 2, 3, 4, 5])).Diagnostic;

        Assert.Equal(Codes.InvalidValue, found.Code);
    }

    [Fact]
    public void Mse_is_the_mean_of_squared_errors_against_the_labels()
    {
        // Float errors 1 0 0 0, candidate errors 1 1 2 0: means 1/4 and 6/4.
        var metric = new MseMetric(2, _ => [1, 2, 3, 4], "m");
        metric.Add(new SampleRange(0, 2), [2, 2, 3, 4], [2, 3, 1, 4]);

        MetricResult result = metric.Result(default);

        Assert.Equal((0.25, 1.5, 1.25), (result.FloatValue, result.Value, result.Drop));
        Assert.Equal([0.5, 2.0], metric.Differences);
    }

    [Fact]
    public void Mse_without_labels_compares_with_the_float_model()
    {
        var metric = new MseMetric(1, null, "m");
        metric.Add(new SampleRange(0, 1), [2, 2, 3, float.NegativeInfinity], [2, 3, 1, float.NegativeInfinity]);

        MetricResult result = metric.Result(default);

        Assert.Equal((double.NaN, 1.25, 1.25), (result.FloatValue, result.Value, result.Drop));
    }

    [Fact]
    public void Mse_needs_a_label_for_each_number() =>
        Assert.Equal(
            Codes.LabelsMismatch,
            Assert.Throws<QuantException>(() => new MseMetric(1, _ => [1], "m").Add(new SampleRange(0, 1), [2, 2], [2, 3])).Diagnostic.Code);

    [Theory]
    [InlineData(null, 20)]
    [InlineData(100.0, 40)]
    public void Psnr_is_the_peak_over_the_root_mean_square_of_the_noise(double? peak, double expected)
    {
        // The float output reaches from −4 to 6; each of four elements is off by 1.
        float[] reference = [-4, 0, 6, 2];
        float[] candidate = [-3, 1, 5, 1];
        var metric = new PsnrMetric(2, peak);
        metric.Add(new SampleRange(1, 1), reference.AsSpan(2), candidate.AsSpan(2));
        metric.Add(new SampleRange(0, 1), reference.AsSpan(0, 2), candidate.AsSpan(0, 2));

        Assert.Equal(expected, metric.Result(SignalNoise.Of(reference, candidate)).Value, 1e-12);
    }

    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_cross_entropy()
    {
        // Uniform over 4 tokens: 4. Logits (log 1, log 3) with the label 1: −log ¾. The padded position counts for nothing.
        var metric = new PerplexityMetric(2, r => r.Start == 0 ? [1, -1] : [0, 1], "m");
        float log3 = MathF.Log(3);
        metric.Add(new SampleRange(0, 1), [1, 2, 2], [0, log3, 5, -5], [0, 0, 5, -5]);
        metric.Add(new SampleRange(1, 1), [1, 2, 2], [0, 0, 1000, 1000], [0, 0, 0, 0]);

        MetricResult result = metric.Result(default);

        Assert.Equal(Math.Exp((Math.Log(4 / 3.0) + (2 * Math.Log(2))) / 3), result.FloatValue, 1e-7);
        Assert.Equal(2, result.Value, 1e-12);
        Assert.Equal(result.Value - result.FloatValue, result.Drop, 1e-12);
    }

    [Fact]
    public void Perplexity_has_the_interval_of_a_second_implementation()
    {
        // Computed with numpy from the same stream of random numbers (SplitMix64).
        double[] reference = [1.0, 2.0, 0.5, 1.5, 3.0];
        double[] candidate = [1.1, 1.9, 0.75, 1.5, 3.5];
        int[] tokens = [1, 1, 2, 1, 1];
        var metric = new PerplexityMetric(5, r => tokens[r.Start] == 2 ? [0, 0] : [0, -1], "m");
        for (int i = 0; i < 5; i++)
        {
            metric.Add(new SampleRange(i, 1), [1, 2, 2], Logits(reference[i], tokens[i]), Logits(candidate[i], tokens[i]));
        }

        MetricResult result = metric.Result(default);

        Assert.Equal(GoldenRise, result.Drop, 1e-5);
        Assert.Equal(GoldenLow, result.DropInterval!.Value.Low, 1e-5);
        Assert.Equal(GoldenHigh, result.DropInterval!.Value.High, 1e-5);
    }

    [Fact]
    public void Perplexity_refuses_labels_and_outputs_of_other_sizes()
    {
        PerplexityMetric Metric(params long[] labels) => new(1, _ => labels, "m");
        string Code(PerplexityMetric metric, params long[] dims) =>
            Assert.Throws<QuantException>(() => metric.Add(new SampleRange(0, 1), dims, new float[4], new float[4])).Diagnostic.Code;

        Assert.Equal(Codes.ModelUnsupported, Code(Metric(0, 0), 1, 4));
        Assert.Equal(Codes.LabelsMismatch, Code(Metric(0), 1, 2, 2));
        Assert.Equal(Codes.LabelsMismatch, Code(Metric(0, 2), 1, 2, 2));
        PerplexityMetric padded = Metric(-1, -100);
        padded.Add(new SampleRange(0, 1), [1, 2, 2], new float[4], new float[4]);
        Assert.Equal(Codes.LabelsMismatch, Assert.Throws<QuantException>(() => padded.Result(default)).Diagnostic.Code);
    }

    private const double GoldenRise = 0.5051210;
    private const double GoldenLow = -0.0980766;
    private const double GoldenHigh = 3.7615411;

    /// <summary>Logits over two tokens for each of two positions, such that the cross entropy of token 0 sums to a value.</summary>
    private static float[] Logits(double entropy, int tokens)
    {
        // −log(1/(1 + e^x)) = h where x = log(e^h − 1).
        float other = (float)Math.Log(Math.Exp(entropy / tokens) - 1);
        return [0, other, 0, other];
    }
}
