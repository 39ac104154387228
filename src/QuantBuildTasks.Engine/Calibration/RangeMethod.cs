namespace QuantBuildTasks.Engine.Calibration;

/// <summary>How the range of a tensor follows from the numbers that it held.</summary>
internal abstract record RangeMethod
{
    /// <summary>Everything that was observed.</summary>
    public static RangeMethod MinMax { get; } = new MinMaxRange();

    /// <summary>The least squared error of asymmetric 8-bit quantization.</summary>
    public static RangeMethod Mse { get; } = new MseRange();

    /// <summary>All but the outermost: see <see cref="PercentileRange"/>.</summary>
    public static RangeMethod Percentile(double percent) => new PercentileRange(percent);

    /// <summary>The range for at least one number.</summary>
    public abstract ValueRange Choose(Histogram histogram);
}

/// <summary>From the least to the greatest number, exactly.</summary>
internal sealed record MinMaxRange : RangeMethod
{
    public override ValueRange Choose(Histogram histogram) => new(histogram.Min, histogram.Max);
}
