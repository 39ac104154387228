namespace QuantBuildTasks.Engine.Validation.Metrics;

/// <summary>What a metric's numbers are.</summary>
internal enum MetricUnit
{
    /// <summary>0…1 (error rates may exceed 1), shown as percent; differences are points.</summary>
    Share,

    /// <summary>−1…1.</summary>
    Cosine,

    /// <summary>Decibels against a floor.</summary>
    Decibels,

    /// <summary>A positive number in a unit of the model's own.</summary>
    Number,
}

/// <summary>What tells metrics apart for limits, verdicts and texts; docs/metrics.md has the table.</summary>
internal static class MetricTraits
{
    public static MetricUnit Unit(this MetricKind metric) => metric switch
    {
        MetricKind.Cosine => MetricUnit.Cosine,
        MetricKind.Sqnr or MetricKind.Psnr => MetricUnit.Decibels,
        MetricKind.Mse or MetricKind.Perplexity => MetricUnit.Number,
        _ => MetricUnit.Share,
    };

    public static bool LessIsBetter(this MetricKind metric) => metric is MetricKind.Mse or MetricKind.Perplexity or MetricKind.Cer or MetricKind.Wer;

    /// <summary>Whether it cannot do without labels.</summary>
    public static bool NeedsLabels(this MetricKind metric) => metric is MetricKind.Top1 or MetricKind.Top5 or MetricKind.F1 or MetricKind.Perplexity or MetricKind.Cer or MetricKind.Wer;

    /// <summary>Whether it counts samples that are right, so that an interval for proportions holds.</summary>
    public static bool CountsSamples(this MetricKind metric) => metric is MetricKind.Top1 or MetricKind.Top5 or MetricKind.Agreement or MetricKind.Neighbours;

    /// <summary>Whether it looks at the output as a whole, so that no row for each sample is needed.</summary>
    public static bool IgnoresRows(this MetricKind metric) => metric.Unit() == MetricUnit.Decibels;

    /// <summary>The value from which a drop is counted: float32's own, or that of equal outputs where the metric compares with float32.</summary>
    public static double Reference(this MetricResult result) =>
        !double.IsNaN(result.FloatValue) ? result.FloatValue : result.Kind.LessIsBetter() ? 0 : 1;
}
