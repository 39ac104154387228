namespace QuantBuildTasks.Engine.Calibration.Passes;

/// <summary>How the calibration data are walked over.</summary>
internal sealed record CalibrationOptions
{
    /// <summary>Samples per inference at most: fewer where the tensors that are looked at, which are all alive at once, are large.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Batches that run side by side at most, each on one thread, in one session; the table does not depend on their number.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>What the tensors of all batches that run at once may take; there are fewer workers where they would take more.</summary>
    public long MostBytes { get; init; } = 1L << 28;

    /// <summary>Whether only the least and greatest numbers of tensors are wanted: of the others few are counted then.</summary>
    public bool OnlyRanges { get; init; }

    /// <summary>The bounds that a tensor reaches wherever its operator cuts, or null where it does not; asked where only ranges are wanted: a tensor that fills its bounds is looked at no longer.</summary>
    public Func<string, (float Low, float High)?> BoundsOf { get; init; } = _ => null;

    /// <summary>What messages call the model.</summary>
    public string? DisplayPath { get; init; }

    /// <summary>Told the share of samples seen, 0…1, from any thread.</summary>
    public Action<double>? Progress { get; init; }
}
