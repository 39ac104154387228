using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Validation.Metrics.Classes;
using QuantBuildTasks.Engine.Validation.Metrics.Numbers;
using QuantBuildTasks.Engine.Validation.Metrics.Sequences;

namespace QuantBuildTasks.Engine.Validation.Metrics.Selection;

/// <summary>Decides what is measured, and makes the metric.</summary>
internal static class MetricChoice
{
    private const string Transcript = "the integers of what each sample says (padded with −1)";

    /// <summary>
    /// Top-1 where the data has one class for each sample, agreement where the output is [batch, classes], else SQNR. A model with one
    /// number for each sample (a regression) is no classifier.
    /// </summary>
    public static MetricKind Default(Dataset data, ModelPort output)
    {
        bool single = output.Shape is { } shape && shape.Skip(1).All(d => d.Value == 1);
        return single ? MetricKind.Sqnr
            : data.ClassLabels(data.Batches(1)[0]) is not null ? MetricKind.Top1
            : output.Shape is { Rank: 2 } ? MetricKind.Agreement
            : MetricKind.Sqnr;
    }

    /// <summary>Makes a metric without options.</summary>
    /// <exception cref="QuantException">As the other overload.</exception>
    public static Metric Make(MetricKind kind, Dataset data, string? model) => Make(kind, MetricOptions.None, data, model);

    /// <exception cref="QuantException">QBT1013: the metric needs labels of another kind. QBT1021: it needs an option.</exception>
    public static Metric Make(MetricKind kind, MetricOptions options, Dataset data, string? model)
    {
        var labels = new LabelReader(data, model);
        return kind switch
        {
            MetricKind.Top1 => new TopKMetric(kind, data.Count, labels.Classes("top1", "agreement"), model),
            MetricKind.Top5 => new TopKMetric(kind, data.Count, labels.Classes("top5", "agreement"), model),
            MetricKind.Agreement => new TopKMetric(kind, data.Count, null, model),
            MetricKind.F1 => new F1Metric(data.Count, labels.Classes("f1", "agreement"), model),
            MetricKind.Iou => new IouMetric(data.Count, data.HasLabels ? labels.Integers("iou", "an integer for each pixel (its class)") : null, options, model),
            MetricKind.Neighbours => new NeighboursMetric(data.Count, model),
            MetricKind.Cosine => new CosineMetric(data.Count),
            MetricKind.Sqnr => new SqnrMetric(data.Count),
            MetricKind.Psnr => new PsnrMetric(data.Count, options.Peak),
            MetricKind.Mse => new MseMetric(data.Count, labels.AreFloats ? labels.Numbers : null, model),
            MetricKind.Perplexity => new PerplexityMetric(data.Count, labels.Integers("perplexity", "an integer for each position of a sample (its next token)"), model),
            MetricKind.Cer => new ErrorRateMetric(kind, data.Count, labels.Integers("cer", Transcript), options, model),
            MetricKind.Wer when options.Separator is null => throw QuantException.Error(
                Codes.InvalidValue,
                "The metric wer must be told which class stands between words: Metric=\"wer(separator=28)\" where it is class 28.",
                model),
            MetricKind.Wer => new ErrorRateMetric(kind, data.Count, labels.Integers("wer", Transcript), options, model),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
