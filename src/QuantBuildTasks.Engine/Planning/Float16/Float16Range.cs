namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>What IEEE 754 binary16 holds.</summary>
internal static class Float16Range
{
    /// <summary>The largest finite number, (2 − 2⁻¹⁰)·2¹⁵.</summary>
    public const double Largest = 65504;

    /// <summary>2⁻¹⁴: below, numbers lose digits until they vanish at 2⁻²⁵.</summary>
    public const double SmallestNormal = 1.0 / (1 << 14);

    /// <summary>Calibration has not seen everything: a tensor may become this many times as large as it was there.</summary>
    public const double Reserve = 4;

    /// <summary>The largest magnitude of an activation during calibration with which it becomes float16.</summary>
    public const double LargestCalibrated = Largest / Reserve;
}
