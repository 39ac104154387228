using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>What one tensor held.</summary>
/// <param name="Name">The value's name in the graph.</param>
/// <param name="Histogram">Its numbers but <see cref="Outliers"/>; their least and greatest are exact.</param>
internal sealed record TensorStatistics(string Name, Histogram Histogram)
{
    /// <summary>Numbers that the model put in to mark places, not to count with; null where there are none.</summary>
    public StructuralOutliers? Outliers { get; init; }

    /// <summary>See <see cref="MovingAverageRange"/>; a wider range where that was not watched.</summary>
    public ValueRange? Average { get; init; }

    /// <summary>The interval to quantize over; [0, 0] where the tensor never held anything but zero.</summary>
    public ValueRange Range(RangeMethod method)
    {
        ValueRange range = Histogram.Count == 0 ? default : method.Choose(this);
        return Outliers is null ? range : Outliers.Widen(range);
    }

    /// <summary>The least and greatest finite number, outliers included; zeros where it held none.</summary>
    public (float Min, float Max) Observed => (Histogram.Count, Outliers) switch
    {
        (0, null) => default,
        (_, null) => (Histogram.Min, Histogram.Max),
        _ => (Math.Min(Histogram.Min, Outliers.Min), Math.Max(Histogram.Max, Outliers.Max)),
    };
}
