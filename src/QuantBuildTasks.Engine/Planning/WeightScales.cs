using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Symmetric scales of stored weights: s[c] = max|w[c]| / L with integers −L…L, where L is 127, or 64 for a reduced range.</summary>
internal static class WeightScales
{
    public const int Largest = 127;

    /// <summary>Two products 255·64 of one sign fit into int16.</summary>
    public const int LargestReduced = 64;

    /// <summary>One scale for each slice along <paramref name="axis"/>; 0 for a slice that is all zero, which any scale fits (see <see cref="Complete"/>).</summary>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static float[]? PerChannel(Tensor weight, int axis, int largestInteger = Largest)
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

        return Array.ConvertAll(largest, l => l == 0 ? 0 : AffineFormat.Normal((double)l / largestInteger));
    }

    /// <summary>
    /// Fits scales to the bias, which the integer kernel adds as int32 in units of s_x·s_w[c]: |b|/(s_x·s_w[c]) must stay below 2³¹ (half of that is
    /// kept for the sum of products), and where the weights are all zero the bias alone decides, so the unit must be fine.
    /// </summary>
    /// <param name="scales">One per output channel; 0 where the weights say nothing.</param>
    /// <param name="bias">One number per output channel, or empty.</param>
    /// <param name="activationScale">The scale of the layer's input.</param>
    public static float[] Complete(float[] scales, ReadOnlySpan<float> bias, float activationScale)
    {
        const double Room = 1 << 30;
        const double Fine = 1 << 20;
        float[] complete = [.. scales];
        for (int c = 0; c < complete.Length; c++)
        {
            double units = bias.Length == 0 ? 0 : Math.Abs((double)bias[c]) / activationScale;
            if (complete[c] == 0)
            {
                complete[c] = AffineFormat.Normal(units / Fine);
            }
            else if (units / Room > complete[c])
            {
                complete[c] = AffineFormat.Normal(units / Room * 1.0001);
            }
        }

        return complete;
    }
}
