namespace QuantBuildTasks.Engine.Calibration.Channels;

/// <summary>What the channels (axis 1) of one tensor held.</summary>
/// <param name="Min">The least number of each channel.</param>
/// <param name="Max">The greatest number of each channel.</param>
/// <param name="Mean">The mean of each channel.</param>
/// <param name="MeanSquare">The mean of the squares in each channel.</param>
/// <param name="Count">How many numbers each channel held.</param>
internal sealed record ChannelStatistics(float[] Min, float[] Max, double[] Mean, double[] MeanSquare, long Count)
{
    /// <summary>The variance of each channel.</summary>
    public double[] Variance => [.. MeanSquare.Zip(Mean, (s, m) => Math.Max(0, s - (m * m)))];

    /// <summary>What the channels hold once <paramref name="offsets"/>, one for each channel, are taken off: E[(x − c)²] = E[x²] − 2c·E[x] + c².</summary>
    public ChannelStatistics Less(double[] offsets) => new(
        [.. Min.Zip(offsets, (m, c) => (float)(m - c))],
        [.. Max.Zip(offsets, (m, c) => (float)(m - c))],
        [.. Mean.Zip(offsets, (m, c) => m - c)],
        [.. MeanSquare.Select((s, i) => Math.Max(0, s - (2 * offsets[i] * Mean[i]) + (offsets[i] * offsets[i])))],
        Count);
}
