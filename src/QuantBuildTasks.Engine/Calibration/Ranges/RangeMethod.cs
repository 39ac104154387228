namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>How the range of a tensor follows from the numbers that it held.</summary>
internal abstract record RangeMethod
{
    /// <summary>Everything that was observed.</summary>
    public static RangeMethod MinMax { get; } = new MinMaxRange();

    /// <summary>The average extremes of a batch: see <see cref="MovingAverageRange"/>.</summary>
    public static RangeMethod MovingAverage { get; } = new MovingAverageRange();

    /// <summary>The least squared error of asymmetric 8-bit quantization.</summary>
    public static RangeMethod Mse { get; } = new MseRange(1);

    /// <summary>As <see cref="Mse"/>, where the error of what is clipped counts <paramref name="clipping"/> times: it adds up over layers faster than that of rounding.</summary>
    public static RangeMethod WeightedMse(double clipping) => new MseRange(clipping);

    /// <summary>Least loss of information: see <see cref="EntropyRange"/>.</summary>
    public static RangeMethod Entropy { get; } = new EntropyRange();

    /// <summary>All but the outermost: see <see cref="PercentileRange"/>.</summary>
    public static RangeMethod Percentile(double percent) => new PercentileRange(percent);

    /// <summary>The range for at least one number; never wider than what was observed and 0.</summary>
    public abstract ValueRange Choose(TensorStatistics tensor);
}

/// <summary>From the least to the greatest number, exactly.</summary>
internal sealed record MinMaxRange : RangeMethod
{
    public override ValueRange Choose(TensorStatistics tensor) => new(tensor.Histogram.Min, tensor.Histogram.Max);
}
