namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What the float model's tensors held on the calibration data.</summary>
internal sealed class CalibrationTable(IEnumerable<TensorStatistics> tensors)
{
    private readonly Dictionary<string, TensorStatistics> _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>The statistics of one tensor, or null where it was not asked for or is not float32.</summary>
    public TensorStatistics? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>What one tensor held.</summary>
/// <param name="Name">The value's name in the graph.</param>
/// <param name="Histogram">Its numbers; their least and greatest are exact.</param>
internal sealed record TensorStatistics(string Name, Histogram Histogram)
{
    /// <summary>The interval to quantize over; [0, 0] where the tensor never held anything but zero.</summary>
    public ValueRange Range(RangeMethod method) => Histogram.Count == 0 ? default : method.Choose(Histogram);
}
