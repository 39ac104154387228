using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Whole numbers that a step must know and that the model holds in an input.</summary>
internal static class ConstantNumbers
{
    /// <summary>One number, as a scalar or a vector of one.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: as for <see cref="Of"/>, or there are more or none.</exception>
    public static long One(UpgradeSite at, Value value, string what) => Of(at, value, what) is [var number] ? number : throw at.Refuse($"{what} are not one number");

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
