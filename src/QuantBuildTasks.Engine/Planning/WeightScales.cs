using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Symmetric scales of stored weights: s[c] = max|w[c]| / 127 with integers −127…127.</summary>
internal static class WeightScales
{
    public const int Largest = 127;

    /// <summary>One scale for each slice along <paramref name="axis"/>.</summary>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static float[]? PerChannel(Tensor weight, int axis)
    {
        ReadOnlySpan<float> values = weight.Span<float>();
        ChannelLayout layout = ChannelLayout.Of(weight, axis);
        var largest = new float[layout.Channels];
        for (int run = 0; run * layout.Inner < values.Length; run++)
        {
            ref float channel = ref largest[layout.ChannelOf(run)];
            foreach (float value in values.Slice(run * layout.Inner, layout.Inner))
            {
                if (!float.IsFinite(value))
                {
                    return null;
                }

                channel = Math.Max(channel, Math.Abs(value));
            }
        }

        return Array.ConvertAll(largest, l => AffineFormat.Normal((double)l / Largest));
    }

    /// <summary>
    /// Raises scales until every bias fits: the integer kernel adds the bias as int32 in units of s_x·s_w[c], so |b|/(s_x·s_w[c]) must stay below 2³¹.
    /// Half of that is kept for the sum of products.
    /// </summary>
    public static float[] FitBias(float[] scales, ReadOnlySpan<float> bias, float activationScale)
    {
        const double Room = 1 << 30;
        float[] fitted = [.. scales];
        for (int c = 0; c < bias.Length; c++)
        {
            double needed = Math.Abs((double)bias[c]) / (Room * activationScale);
            int slot = scales.Length == 1 ? 0 : c;
            if (needed > fitted[slot])
            {
                fitted[slot] = AffineFormat.Normal(needed * 1.0001);
            }
        }

        return fitted;
    }
}
