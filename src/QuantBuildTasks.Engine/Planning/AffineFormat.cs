using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Scales and zero points from ranges (ONNX QuantizeLinear, DequantizeLinear).</summary>
internal static class AffineFormat
{
    /// <summary>Asymmetric format over [min, max], widened to hold 0 exactly: s = (max − min)/(hi − lo), z = round(lo − min/s).</summary>
    public static (float Scale, int ZeroPoint) Of(double min, double max, ElementType type)
    {
        (int low, int high) = Limits(type);
        (min, max) = (Math.Min(min, 0), Math.Max(max, 0));
        float scale = Normal((max - min) / (high - low));
        int zeroPoint = (int)Math.Clamp(Math.Round(low - (min / scale), MidpointRounding.ToEven), low, high);
        return (scale, zeroPoint);
    }

    /// <summary>The smallest and largest integer of an activation type.</summary>
    public static (int Low, int High) Limits(ElementType type) => type switch
    {
        ElementType.UInt8 => (byte.MinValue, byte.MaxValue),
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Activations are 8-bit integers."),
    };

    /// <summary>A scale as float32 that is neither zero nor denormal: an all-zero tensor gets 1.</summary>
    public static float Normal(double scale)
    {
        if (scale == 0)
        {
            return 1;
        }

        return float.IsNormal((float)scale) ? (float)scale : 1.17549435e-38f;
    }
}
