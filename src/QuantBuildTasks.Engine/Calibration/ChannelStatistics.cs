namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What the channels (axis 1) of one tensor held.</summary>
/// <param name="Min">The least number of each channel.</param>
/// <param name="Max">The greatest number of each channel.</param>
/// <param name="MeanSquare">The mean of the squares in each channel.</param>
internal sealed record ChannelStatistics(float[] Min, float[] Max, double[] MeanSquare);
