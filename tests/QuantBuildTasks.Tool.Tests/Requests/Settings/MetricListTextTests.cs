using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Tests.Requests.Settings;

public sealed class MetricListTextTests
{
    [Theory]
    [InlineData("top1", "top1")]
    [InlineData(" TOP1 ; sqnr ; ", "top1;sqnr")]
    [InlineData("top1:logits;sqnr:boxes", "top1:logits;sqnr:boxes")]
    [InlineData("sqnr:StatefulPartitionedCall:0", "sqnr:StatefulPartitionedCall:0")]
    [InlineData("cosine: /head/Add(1)", "cosine:/head/Add(1)")]
    [InlineData("cer ( BLANK = 31 ) : text", "cer(blank=31):text")]
    [InlineData("cer(blank=0)", "cer")]
    [InlineData("wer(separator=28, blank=2)", "wer(blank=2, separator=28)")]
    [InlineData("iou(ignore=255,threshold=-0.5)", "iou(ignore=255, threshold=-0.5)")]
    [InlineData("psnr(peak=255)", "psnr(peak=255)")]
    public void Metrics_are_read_with_options_and_outputs(string text, string expected) =>
        Assert.Equal(expected, string.Join(';', MetricListText.Parse(Setting(text)).Select(MetricText.Written)).Replace('−', '-'));

    [Theory]
    [InlineData("top2", "Did you mean 'top1'?")]
    [InlineData("top1;;(x)", "'(x)' is no metric")]
    [InlineData("top1(k=3)", "has no options")]
    [InlineData("cer(blnk=3)", "Did you mean 'blank'?")]
    [InlineData("cer(blank=x)", "such as blank=28")]
    [InlineData("cer(blank)", "such as blank=28")]
    [InlineData("iou(ignore=-1)", "such as ignore=28")]
    [InlineData("psnr(peak=0)", "above 0")]
    [InlineData("iou(threshold=NaN)", "a number")]
    [InlineData("wer", "wer(separator=28)")]
    [InlineData(";", "at least one")]
    public void Metrics_that_mean_nothing_are_refused_with_advice(string text, string advice)
    {
        QuantException e = Assert.Throws<QuantException>(() => MetricListText.Parse(Setting(text)));

        Assert.Equal(Codes.InvalidValue, e.Diagnostic.Code);
        Assert.Contains(advice, e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("top1;sqnr:b", "0.5%; 25 dB", "0.5%|>=25 dB")]
    [InlineData("top1;perplexity", "0.5%;<=12.5", "0.5%|<=12.5")]
    [InlineData("top1;sqnr;mse", "1%;;<=0.1", "1%||<=0.1")]
    [InlineData("top1;top5", "0.5%", "0.5%|0.5%")]
    [InlineData("top1;sqnr", "0.5%", "0.5%|")]
    [InlineData("top1;sqnr", "25 dB", "|>=25 dB")]
    [InlineData("top1", "0.5%;", "0.5%")]
    public void Limits_follow_their_metrics(string metrics, string limits, string expected)
    {
        IReadOnlyList<MetricRequest> read = MaxDropText.ParseFor(Setting(limits), MetricListText.Parse(Setting(metrics)));

        Assert.Equal(expected, string.Join('|', read.Select(m => m.MaxDrop is { } limit ? MetricText.Limit(m.Kind!.Value, limit) : "")));
    }

    [Theory]
    [InlineData("top1;top5;sqnr", "1%;1%", "2 limits for 3 metrics")]
    [InlineData("top1", "1%;1%", "2 limits for 1 metric.")]
    [InlineData("top1;top5", "20 dB", "Decibels are for")]
    [InlineData("top1;sqnr", "1%;1%", "floor in decibels")]
    public void Limits_that_fit_no_metric_are_refused(string metrics, string limits, string advice)
    {
        IReadOnlyList<MetricRequest> read = MetricListText.Parse(Setting(metrics));

        Assert.Contains(advice, Assert.Throws<QuantException>(() => MaxDropText.ParseFor(Setting(limits), read)).Diagnostic.Text, StringComparison.Ordinal);
    }

    private static Setting Setting(string text) => new("Metric", text, "m.onnx");
}
