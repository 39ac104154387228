using QuantBuildTasks.Engine.Calibration.Ranges;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What the float model's tensors held on the calibration data.</summary>
internal sealed class CalibrationTable(IEnumerable<TensorStatistics> tensors)
{
    private readonly Dictionary<string, TensorStatistics> _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>The statistics of one tensor, or null where it was not asked for or is not float32.</summary>
    public TensorStatistics? Find(string name) => _byName.GetValueOrDefault(name);
}
