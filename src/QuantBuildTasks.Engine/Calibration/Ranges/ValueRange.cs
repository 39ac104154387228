namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>The interval that a tensor's number format must express. It always holds 0, because padding and Relu need an exact zero.</summary>
internal readonly record struct ValueRange
{
    /// <summary>The smallest interval around both ends and 0.</summary>
    public ValueRange(double min, double max)
    {
        Min = Math.Min(min, 0);
        Max = Math.Max(max, 0);
    }

    /// <summary>At most 0.</summary>
    public double Min { get; }

    /// <summary>At least 0.</summary>
    public double Max { get; }
}
