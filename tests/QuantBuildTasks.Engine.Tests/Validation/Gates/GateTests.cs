using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Gates;

public sealed class GateTests
{
    private static readonly MaxDrop HalfAPoint = new(MaxDropKind.Points, 0.005);

    [Fact]
    public void A_drop_beyond_the_limit_is_a_regression()
    {
        GateVerdict verdict = Gate.Judge(Top1(0.917, 0.894, new Interval(0.018, 0.028)), HalfAPoint);

        Assert.Equal(GateOutcome.Regressed, verdict.Outcome);
        Assert.Equal("top-1 fell by 2.3 points from 91.7 % to 89.4 % (limit 0.5 points; 95 % interval 1.8–2.8; 10,000 samples)", verdict.Explanation);
    }

    [Fact]
    public void A_drop_as_large_as_the_limit_passes() =>
        Assert.Equal(GateOutcome.Passed, Gate.Judge(Top1(0.917, 0.912, new Interval(0.003, 0.007)), HalfAPoint).Outcome);

    [Theory]
    [InlineData(0.9168, 0.9116, "top-1 fell by 0.52 points from 91.68 % to 91.16 %")]
    [InlineData(0.9168, 0.9167, "top-1 fell by 0.01 points from 91.68 % to 91.67 %")]
    [InlineData(0.9168, 0.9150, "top-1 fell by 0.2 points from 91.7 % to 91.5 %")]
    public void Values_have_more_than_one_decimal_only_where_one_would_hide_the_verdict_or_the_drop(double floatValue, double value, string expected) =>
        Assert.StartsWith(expected + " (limit 0.5 points;", Gate.Judge(Top1(floatValue, value, new Interval(0.001, 0.004)), HalfAPoint).Explanation, StringComparison.Ordinal);

    [Fact]
    public void A_gain_reads_as_one()
    {
        GateVerdict verdict = Gate.Judge(Top1(0.9, 0.901, new Interval(-0.002, 0.0003)), HalfAPoint);

        Assert.Equal(GateOutcome.Passed, verdict.Outcome);
        Assert.Equal("top-1 rose by 0.1 points from 90.0 % to 90.1 % (limit 0.5 points; 95 % interval −0.2 to 0.0; 10,000 samples)", verdict.Explanation);
    }

    [Fact]
    public void Too_few_samples_say_how_many_would_do()
    {
        // 1.96²·0.01/0.005² = 1537.
        MetricResult result = Top1(0.9, 0.9, new Interval(-0.02, 0.02)) with { Samples = 200, DisagreementRate = 0.01 };

        GateVerdict verdict = Gate.Judge(result, HalfAPoint);

        Assert.Equal(GateOutcome.TooFewSamples, verdict.Outcome);
        Assert.Equal("top-1 stayed at 90.0 % (limit 0.5 points; 95 % interval −2.0 to 2.0; 200 samples, and about 1,600 would tell)", verdict.Explanation);
    }

    [Theory]
    [InlineData(0.0091, nameof(GateOutcome.Passed))]
    [InlineData(0.0093, nameof(GateOutcome.Regressed))]
    public void A_relative_limit_is_a_share_of_the_float_value(double drop, string expected)
    {
        // 1 % of 92 % is 0.92 points.
        GateVerdict verdict = Gate.Judge(Top1(0.92, 0.92 - drop, new Interval(0.008, 0.010)), new MaxDrop(MaxDropKind.Relative, 0.01));

        Assert.Equal(expected, verdict.Outcome.ToString());
        Assert.Contains("limit 1 % relative, 0.92 points", verdict.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.91, nameof(GateOutcome.Passed))]
    [InlineData(0.9099, nameof(GateOutcome.Regressed))]
    public void An_absolute_limit_is_a_bound_on_the_value(double value, string expected)
    {
        GateVerdict verdict = Gate.Judge(Top1(0.92, value, new Interval(0.008, 0.012)), new MaxDrop(MaxDropKind.Absolute, 0.91));

        Assert.Equal(expected, verdict.Outcome.ToString());
        Assert.Contains("limit at least 91 %", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_counts_from_one_hundred_percent()
    {
        var result = new MetricResult(MetricKind.Agreement, double.NaN, 0.96, 0.04, new Interval(0.03, 0.05), 1000);

        GateVerdict verdict = Gate.Judge(result, null);

        Assert.Equal(GateOutcome.Regressed, verdict.Outcome);
        Assert.Equal("the largest output agrees with float32 on 96.0 % of the samples (limit 3 points below 100 %; 95 % interval 95.0–97.0 %; 1,000 samples)", verdict.Explanation);
    }

    [Fact]
    public void Cosine_counts_from_one()
    {
        var result = new MetricResult(MetricKind.Cosine, double.NaN, 0.985, 0.015, new Interval(0.0125, 0.0175), 500);

        GateVerdict verdict = Gate.Judge(result, null);

        Assert.Equal(GateOutcome.Regressed, verdict.Outcome);
        Assert.Equal("mean cosine to the float32 output is 0.9850 (limit 0.01 below 1; 95 % interval 0.9825–0.9875; 500 samples)", verdict.Explanation);
    }

    [Theory]
    [InlineData(20.0, nameof(GateOutcome.Passed), "20.0 dB")]
    [InlineData(19.94, nameof(GateOutcome.Regressed), "19.9 dB")]
    [InlineData(19.96, nameof(GateOutcome.Regressed), "19.96 dB")]
    [InlineData(double.PositiveInfinity, nameof(GateOutcome.Passed), "∞ dB")]
    [InlineData(double.NegativeInfinity, nameof(GateOutcome.Regressed), "−∞ dB")]
    public void Sqnr_has_a_floor(double value, string expected, string text)
    {
        GateVerdict verdict = Gate.Judge(new MetricResult(MetricKind.Sqnr, double.NaN, value, double.NaN, null, 64), null);

        Assert.Equal(expected, verdict.Outcome.ToString());
        Assert.Equal($"SQNR of the output is {text} (limit at least 20 dB; 64 samples)", verdict.Explanation);
    }

    [Fact]
    public void Defaults_are_those_of_the_documentation()
    {
        Assert.Equal(new MaxDrop(MaxDropKind.Points, 0.01), Gate.Default(MetricKind.Top1));
        Assert.Equal(new MaxDrop(MaxDropKind.Points, 0.03), Gate.Default(MetricKind.Agreement));
        Assert.Equal(new MaxDrop(MaxDropKind.Points, 0.01), Gate.Default(MetricKind.Cosine));
        Assert.Equal(new MaxDrop(MaxDropKind.Absolute, 20), Gate.Default(MetricKind.Sqnr));
    }

    [Theory]
    [InlineData(nameof(MetricKind.Sqnr), nameof(MaxDropKind.Points), 0.005)]
    [InlineData(nameof(MetricKind.Sqnr), nameof(MaxDropKind.Relative), 0.01)]
    [InlineData(nameof(MetricKind.Top1), nameof(MaxDropKind.Absolute), 20)]
    public void Limits_without_a_meaning_for_the_metric_are_refused(string metric, string kind, double limit)
    {
        var maxDrop = new MaxDrop(Enum.Parse<MaxDropKind>(kind), limit);

        Assert.Equal(Codes.InvalidValue, Assert.Throws<QuantException>(() => Gate.Check(Enum.Parse<MetricKind>(metric), comparesWithFloat: true, maxDrop, "m.onnx")).Diagnostic.Code);
    }

    [Fact]
    public void Messages_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Contains("2.3 points from 91.7 % to 89.4 %", Gate.Judge(Top1(0.917, 0.894, new Interval(0.018, 0.028)), HalfAPoint).Explanation, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_number_that_rises_is_worse_and_its_rise_is_relative()
    {
        // 0.06 of 4.50 is 1.33 %; the interval 0.045…0.072 is 1.0…1.6 %.
        var result = new MetricResult(MetricKind.Perplexity, 4.5, 4.56, 0.06, new Interval(0.045, 0.072), 500);

        GateVerdict verdict = Gate.Judge(result, null);

        Assert.Equal(GateOutcome.Passed, verdict.Outcome);
        Assert.Equal("perplexity rose by 1.3 % from 4.50 to 4.56 (limit 2 % relative; 95 % interval 1.0–1.6 %; 500 samples)", verdict.Explanation);
        Assert.Equal(GateOutcome.Regressed, Gate.Judge(result, new MaxDrop(MaxDropKind.Relative, 0.01)).Outcome);
        Assert.StartsWith("perplexity fell by 1.3 % from 4.50 to 4.44 (", Gate.Judge(result with { Value = 4.44, Drop = -0.06 }, null).Explanation, StringComparison.Ordinal);
        Assert.Equal(GateOutcome.Regressed, Gate.Judge(result with { Value = double.NaN, Drop = double.NaN }, null).Outcome);
    }

    [Theory]
    [InlineData(12.5, nameof(GateOutcome.Passed))]
    [InlineData(12.4999, nameof(GateOutcome.Regressed))]
    public void An_absolute_limit_bounds_from_above_what_is_better_when_lower(double limit, string expected)
    {
        var result = new MetricResult(MetricKind.Perplexity, 12, 12.5, 0.5, new Interval(0.4, 0.6), 500);

        GateVerdict verdict = Gate.Judge(result, new MaxDrop(MaxDropKind.Absolute, limit));

        Assert.Equal(expected, verdict.Outcome.ToString());
        Assert.Contains($"limit at most {limit.ToString(CultureInfo.InvariantCulture)}; 95 % interval 0.4", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_squared_error_against_float32_needs_an_absolute_limit()
    {
        Diagnostic found = Assert.Throws<QuantException>(() => Gate.Check(MetricKind.Mse, comparesWithFloat: true, null, "m.onnx")).Diagnostic;
        Assert.Equal(Codes.InvalidValue, found.Code);
        Assert.Contains("MaxDrop=\"<=0.01\"", found.Text, StringComparison.Ordinal);

        Gate.Check(MetricKind.Mse, comparesWithFloat: false, null, "m.onnx");
        Gate.Check(MetricKind.Mse, comparesWithFloat: true, new MaxDrop(MaxDropKind.Absolute, 0.01), "m.onnx");
        GateVerdict verdict = Gate.Judge(new MetricResult(MetricKind.Mse, double.NaN, 0.0123, 0.0123, new Interval(0.01, 0.02), 50), new MaxDrop(MaxDropKind.Absolute, 0.01));
        Assert.Equal(GateOutcome.Regressed, verdict.Outcome);
        Assert.Equal("mean squared error to the float32 output is 0.0123 (limit at most 0.01; 95 % interval 0.0100–0.0200; 50 samples)", verdict.Explanation);
    }

    [Theory]
    [InlineData(nameof(MetricKind.Iou), double.NaN, "mean IoU with the float32 map is 98.0 % (limit 1 point below 100 %; 95 % interval 97.0–99.0 %; 500 samples)")]
    [InlineData(nameof(MetricKind.Iou), 0.5, "mean IoU rose by 48.0 points from 50.0 % to 98.0 % (limit 1 point; 95 % interval 1.0–3.0; 500 samples)")]
    [InlineData(nameof(MetricKind.Cer), 0.96, "character error rate rose by 2.0 points from 96.0 % to 98.0 % (limit 0.5 points; 95 % interval 1.0–3.0; 500 samples)")]
    [InlineData(nameof(MetricKind.F1), 1, "macro F1 fell by 2.0 points from 100.0 % to 98.0 % (limit 1 point; 95 % interval 1.0–3.0; 500 samples)")]
    [InlineData(nameof(MetricKind.Neighbours), double.NaN, "the nearest neighbour is float32's for 98.0 % of the samples (limit 3 points below 100 %; 95 % interval 97.0–99.0 %; 500 samples)")]
    public void Shares_read_by_what_they_are_compared_with(string metric, double floatValue, string expected)
    {
        double drop = metric == nameof(MetricKind.Cer) ? 0.98 - floatValue : (double.IsNaN(floatValue) ? 1 : floatValue) - 0.98;

        Assert.Equal(expected, Gate.Judge(new MetricResult(Enum.Parse<MetricKind>(metric), floatValue, 0.98, drop, new Interval(0.01, 0.03), 500), null).Explanation);
    }

    [Fact]
    public void Psnr_has_a_floor_in_decibels()
    {
        var result = new MetricResult(MetricKind.Psnr, double.NaN, 19.5, double.NaN, null, 100);

        Assert.Equal(GateOutcome.Regressed, Gate.Judge(result, null).Outcome);
        Assert.Equal("PSNR of the output is 19.5 dB (limit at least 15 dB; 100 samples)", Gate.Judge(result, new MaxDrop(MaxDropKind.Absolute, 15)).Explanation);
    }

    [Theory]
    [InlineData(4.5, 3, "4.50")]
    [InlineData(1234.4, 3, "1234")]
    [InlineData(0.0012, 3, "0.00120")]
    [InlineData(-0.0012, 2, "−0.0012")]
    [InlineData(9.996, 3, "10.00")]
    [InlineData(1.25e-12, 3, "1.25e−12")]
    [InlineData(0, 3, "0")]
    [InlineData(double.PositiveInfinity, 3, "Infinity")]
    public void Numbers_of_any_size_have_significant_digits(double value, int digits, string expected) =>
        Assert.Equal(expected, Wording.Significant(value, digits));

    private static MetricResult Top1(double floatValue, double value, Interval interval) =>
        new(MetricKind.Top1, floatValue, value, floatValue - value, interval, 10_000);
}
