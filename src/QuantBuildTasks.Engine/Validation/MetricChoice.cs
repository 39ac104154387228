using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Decides what is measured, and makes the metric.</summary>
internal static class MetricChoice
{
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

    /// <exception cref="QuantException">QBT1013: top-1 without labels that it could use.</exception>
    public static Metric Make(MetricKind kind, Dataset data, string? model)
    {
        if (kind == MetricKind.Top1 && data.ClassLabels(data.Batches(1)[0]) is null)
        {
            string there = data.LabelsDescription is { } labels ? $"they are {labels}" : "there are none";
            throw QuantException.Error(
                Codes.LabelsMismatch,
                $"The metric top1 needs an array '{DatasetBinder.LabelsName}' with one integer for each sample in the validation data, but {there}. Add it, or use Metric=\"agreement\".",
                model);
        }

        return kind switch
        {
            MetricKind.Top1 => new Top1Metric(data.Count, range => data.ClassLabels(range)!, model),
            MetricKind.Agreement => new Top1Metric(data.Count, null, model),
            MetricKind.Cosine => new CosineMetric(data.Count),
            MetricKind.Sqnr => new SqnrMetric(data.Count),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
