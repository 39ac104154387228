using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>How large the numbers of a float32 constant are.</summary>
/// <param name="Largest">The largest magnitude, infinity where one is infinite or NaN; 0 where there is none.</param>
internal readonly record struct StoredNumbers(float Largest)
{
    /// <summary>Some number has no finite neighbour in float16.</summary>
    public bool LeaveRange => Largest > Float16Range.Largest;

    /// <summary>Not one number has all its digits in float16: what matters of such a constant (the ε of a norm) may become 0.</summary>
    public bool AreTiny => Largest > 0 && Largest < Float16Range.SmallestNormal;

    public static StoredNumbers Of(Tensor tensor)
    {
        float largest = 0;
        foreach (float value in tensor.Span<float>())
        {
            float magnitude = float.IsNaN(value) ? float.PositiveInfinity : Math.Abs(value);
            largest = Math.Max(largest, magnitude);
        }

        return new StoredNumbers(largest);
    }
}
