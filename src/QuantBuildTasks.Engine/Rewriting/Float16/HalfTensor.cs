using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Rewriting.Float16;

/// <summary>Rounds stored float32 numbers to float16, half to even. Finite numbers stay finite: what lies beyond the range becomes its end.</summary>
internal static class HalfTensor
{
    /// <summary>A tensor of the same sizes; infinities and NaN stay what they are.</summary>
    public static Tensor Of(Tensor values)
    {
        ReadOnlySpan<float> source = values.Span<float>();
        var halves = new Half[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            halves[i] = Round(source[i]);
        }

        return Tensor.Of(halves, [.. values.Dims]);
    }

    public static Half Round(float value)
    {
        var half = (Half)value;
        return !Half.IsInfinity(half) || float.IsInfinity(value) ? half : value > 0 ? Half.MaxValue : Half.MinValue;
    }
}
