namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>The class of each pixel of one sample's output.</summary>
internal static class ClassMap
{
    /// <summary>The largest of the channels [C, …] at each pixel, the first of equal ones; −1 where one is NaN.</summary>
    public static void Largest(ReadOnlySpan<float> output, int channels, int[] map)
    {
        int pixels = map.Length;
        for (int i = 0; i < pixels; i++)
        {
            int best = float.IsNaN(output[i]) ? -1 : 0;
            for (int c = 1; c < channels && best >= 0; c++)
            {
                float value = output[(c * pixels) + i];
                best = float.IsNaN(value) ? -1 : value > output[(best * pixels) + i] ? c : best;
            }

            map[i] = best;
        }
    }

    /// <summary>1 above the threshold, else 0; −1 for NaN.</summary>
    public static void Above(ReadOnlySpan<float> output, double threshold, int[] map)
    {
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = float.IsNaN(output[i]) ? -1 : output[i] > threshold ? 1 : 0;
        }
    }

    /// <summary>Whether a number is below 0 or above 1, as logits are and probabilities are not.</summary>
    public static bool LeavesUnit(ReadOnlySpan<float> output)
    {
        foreach (float x in output)
        {
            if (x is < 0 or > 1)
            {
                return true;
            }
        }

        return false;
    }
}
