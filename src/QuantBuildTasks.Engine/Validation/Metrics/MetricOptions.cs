namespace QuantBuildTasks.Engine.Validation.Metrics;

/// <summary>What a metric must be told beyond its name; each option belongs to the metrics that its text names.</summary>
internal sealed record MetricOptions
{
    public static MetricOptions None { get; } = new();

    /// <summary>psnr: the distance from black to white; null: the range of the float model's output.</summary>
    public double? Peak { get; init; }

    /// <summary>iou: the label of pixels that count for nothing, beside those below 0.</summary>
    public int? Ignore { get; init; }

    /// <summary>iou of one channel: what is above is foreground; null: ½, or 0 where float32 leaves 0…1.</summary>
    public double? Threshold { get; init; }

    /// <summary>cer and wer: the class that stands for "no symbol".</summary>
    public int Blank { get; init; }

    /// <summary>wer: the class that stands between words; it has no default.</summary>
    public int? Separator { get; init; }
}
