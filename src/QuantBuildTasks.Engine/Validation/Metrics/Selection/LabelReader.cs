using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Validation.Metrics.Selection;

/// <summary>Gives metrics the labels of a data set in the form that they need. Safe for several threads at once.</summary>
/// <param name="data">The samples.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class LabelReader(Dataset data, string? model)
{
    /// <summary>Whether the labels are numbers rather than classes.</summary>
    public bool AreFloats => First() is { Type: ElementType.Float16 or ElementType.Float32 or ElementType.Float64 };

    /// <summary>One class for each sample.</summary>
    /// <param name="metric">As users write it.</param>
    /// <param name="instead">A metric that needs no labels.</param>
    /// <exception cref="QuantException">QBT1013: there is none.</exception>
    public Func<SampleRange, long[]> Classes(string metric, string instead) =>
        data.ClassLabels(data.Batches(1)[0]) is not null
            ? range => data.ClassLabels(range)!
            : throw Unsuitable(metric, "one integer for each sample", $" Add it, or use Metric=\"{instead}\".");

    /// <summary>Any number of integers for each sample.</summary>
    /// <param name="metric">As users write it.</param>
    /// <param name="what">What the metric needs, for the message.</param>
    /// <exception cref="QuantException">QBT1013: there are none.</exception>
    public Func<SampleRange, long[]> Integers(string metric, string what) =>
        First() is { } first && Data.Integers.Read(first) is not null
            ? range => Data.Integers.Read(data.Labels(range)!)!
            : throw Unsuitable(metric, what, "");

    /// <summary>Labels that are float numbers.</summary>
    public double[] Numbers(SampleRange range)
    {
        Tensor labels = data.Labels(range)!;
        double[] numbers = labels.Type switch
        {
            ElementType.Float32 => [.. labels.Span<float>()],
            ElementType.Float64 => labels.Span<double>().ToArray(),
            _ => Array.ConvertAll(labels.Span<Half>().ToArray(), h => (double)h),
        };
        return numbers.All(double.IsFinite) ? numbers : throw QuantException.Error(
            Codes.LabelsMismatch,
            $"The array '{DatasetBinder.LabelsName}' holds NaN or infinity in the samples {range.Start} to {range.Start + range.Count - 1}. Correct the data.",
            model);
    }

    private Tensor? First() => data.Labels(data.Batches(1)[0]);

    private QuantException Unsuitable(string metric, string what, string advice)
    {
        string there = data.LabelsDescription is { } labels ? $"they are {labels}" : "there are none";
        return QuantException.Error(
            Codes.LabelsMismatch,
            $"The metric {metric} needs an array '{DatasetBinder.LabelsName}' with {what} in the validation data, but {there}.{advice}",
            model);
    }
}
