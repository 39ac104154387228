using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Tests.Requests.Settings;

public sealed class MaxDropTextTests
{
    [Theory]
    [InlineData("0.5%", "top1", "Points", 0.005)]
    [InlineData(" 0.5 % ", "agreement", "Points", 0.005)]
    [InlineData("0%", "top1", "Points", 0)]
    [InlineData("1% relative", "top1", "Relative", 0.01)]
    [InlineData("1 % RELATIVE", null, "Relative", 0.01)]
    [InlineData(">=91%", "top1", "Absolute", 0.91)]
    [InlineData(">= 91.5 %", null, "Absolute", 0.915)]
    [InlineData("0.01", "cosine", "Points", 0.01)]
    [InlineData(">=0.99", "cosine", "Absolute", 0.99)]
    [InlineData(">=20", "sqnr", "Absolute", 20)]
    [InlineData("20", "sqnr", "Absolute", 20)]
    [InlineData("20 dB", "sqnr", "Absolute", 20)]
    [InlineData(">=20db", null, "Absolute", 20)]
    [InlineData("2e-1%", "top1", "Points", 0.002)]
    [InlineData("<=12.5", "perplexity", "Absolute", 12.5)]
    [InlineData("2%", "perplexity", "Relative", 0.02)]
    [InlineData("250% relative", "mse", "Relative", 2.5)]
    [InlineData("0.05", "mse", "Points", 0.05)]
    [InlineData("0.5%", "cer", "Points", 0.005)]
    [InlineData("<=150%", "wer", "Absolute", 1.5)]
    [InlineData("5% relative", "cer", "Relative", 0.05)]
    [InlineData("30 dB", "psnr", "Absolute", 30)]
    [InlineData("1%", "top5", "Points", 0.01)]
    public void Limit_is_read(string text, string? metric, string kind, double limit)
    {
        MaxDrop read = MaxDropText.Parse(Setting(text), Metric(metric));

        Assert.Equal(kind, read.Kind.ToString());
        Assert.Equal(limit, read.Limit, 1e-15);
    }

    [Theory]
    [InlineData("0,5%", "top1", "decimal")]
    [InlineData("0.5", "top1", "unit is missing")]
    [InlineData("0.5", null, "unit is missing")]
    [InlineData(">=91", "top1", "unit is missing")]
    [InlineData(">=20", null, "unit is missing")]
    [InlineData("<=12.5", "top1", "Write >= instead")]
    [InlineData("<=12.5", null, "Write >= instead")]
    [InlineData(">=1% relative", "top1", "leave out 'relative'")]
    [InlineData("5%", "sqnr", "decibels")]
    [InlineData("5% relative", "sqnr", "decibels")]
    [InlineData("20 dB", "top1", "metric sqnr")]
    [InlineData("1 relative", "top1", "percentage")]
    [InlineData("-1%", "top1", "out of range")]
    [InlineData("101%", "top1", "out of range")]
    [InlineData(">=2", "cosine", "out of range")]
    [InlineData("half a point", "top1", "Write points")]
    [InlineData(">=12.5", "perplexity", "Write <= instead")]
    [InlineData("<=12.5%", "perplexity", "no percentage")]
    [InlineData("<=-1", "mse", "not be negative")]
    [InlineData("20 dB", "mse", "metric sqnr")]
    [InlineData("<= 12.5", "cer", "write <=12.5%")]
    [InlineData(">=90%", "wer", "Write <= instead")]
    [InlineData("<=30", "psnr", "Write >= instead")]
    [InlineData("NaN%", "top1", "Write points")]
    public void Limit_that_means_nothing_is_refused_with_advice(string text, string? metric, string advice)
    {
        QuantException e = Assert.Throws<QuantException>(() => MaxDropText.Parse(Setting(text), Metric(metric)));

        Assert.Equal(Codes.InvalidValue, e.Diagnostic.Code);
        Assert.Contains(advice, e.Diagnostic.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(text.Trim(), e.Diagnostic.Text, StringComparison.Ordinal);
    }

    private static Setting Setting(string text) => new("MaxDrop", text.Trim(), "m.onnx");

    private static MetricKind? Metric(string? name) => name is null ? null : Choices.Metric.Parse(new Setting("Metric", name, null));
}
