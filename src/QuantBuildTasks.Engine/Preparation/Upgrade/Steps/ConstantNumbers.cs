using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Whole numbers that a step must know and that the model holds in an input.</summary>
internal static class ConstantNumbers
{
    /// <exception cref="Diagnostics.QuantException">QBT1004: the value is computed, or holds something else than whole numbers.</exception>
    public static long[] Of(UpgradeSite at, Value value, string what)
    {
        Tensor constant = KnownForm.ConstantOf(value) ?? throw at.Refuse($"{what} are not constant");
        return constant.Type switch
        {
            ElementType.Int64 => constant.Span<long>().ToArray(),
            ElementType.Int32 => Array.ConvertAll(constant.Span<int>().ToArray(), v => (long)v),
            ElementType.Float32 => Array.ConvertAll(constant.Span<float>().ToArray(), v => (long)v),
            ElementType.Float64 => Array.ConvertAll(constant.Span<double>().ToArray(), v => (long)v),
            _ => throw at.Refuse($"{what} are of type {constant.Type}"),
        };
    }
}
