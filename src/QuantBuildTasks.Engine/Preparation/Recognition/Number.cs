using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>Constants that hold one number.</summary>
internal static class Number
{
    /// <summary>
    /// How far a written number may lie from the one of a formula, as a share of it: float32 rounds √2 by 2·10⁻⁸, and exporters write 0.044715 and
    /// 0.7978845608 with all their digits.
    /// </summary>
    private const double Tolerance = 2e-6;

    /// <summary>The float32 number that a value holds, or null. One in a vector counts, since it broadcasts as a scalar does to anything that has an axis.</summary>
    public static double? Of(Value? value) =>
        value?.Constant is { Type: ElementType.Float32, Length: 1, Rank: <= 1 } constant ? constant.Span<float>()[0] : null;

    /// <summary>Whether a number is the one of a formula.</summary>
    public static bool Is(double? number, double expected) =>
        number is { } given && Math.Abs(given - expected) <= Tolerance * Math.Max(Math.Abs(expected), double.Epsilon);
}
