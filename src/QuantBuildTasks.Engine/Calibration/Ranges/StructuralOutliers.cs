using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// Numbers that mark places rather than count: the −∞ or −10⁹ that a mask adds to scores, the least float32 that pads a maximum. They lie so far out
/// that an 8-bit grid which reaches them has no step for all others, so they are kept out of ranges and saturate at the range's end.
/// </summary>
/// <param name="Min">The least finite one, 0 where there is none.</param>
/// <param name="Max">The greatest finite one, 0 where there is none.</param>
/// <param name="Count">How many were seen, infinite ones included.</param>
/// <param name="Room">How far below the least other number the range goes, so that what saturates there still stays behind all others: 0 where a reader compares only.</param>
internal sealed record StructuralOutliers(float Min, float Max, long Count, double Room)
{
    /// <summary>Numbers beyond ± this are watched apart: masks are, and few activations.</summary>
    public const float Far = 10_000;

    /// <summary>Far numbers are structural where the nearest of them is this many times the largest other one: each of the 255 steps between would be wider than all others together.</summary>
    public const double Gap = 512;

    /// <summary>
    /// Below all others by so much, a masked score has e⁻¹² = 6·10⁻⁶ of the weight of the least other one in a Softmax: some hundred of them stay below half of an 8-bit step.
    /// </summary>
    public const double SoftmaxRoom = 12;

    /// <summary>Whether far numbers are structural beside others.</summary>
    /// <param name="near">The numbers within ±<see cref="Far"/>.</param>
    /// <param name="far">The finite numbers beyond.</param>
    public static bool Stand(Histogram near, Histogram far) =>
        near.Count > near.ZeroCount && far.Count > 0 && Nearest(far) >= Gap * Math.Max(Math.Abs((double)near.Min), Math.Abs((double)near.Max));

    /// <summary>A range with room for them to saturate in.</summary>
    public ValueRange Widen(ValueRange range) => Room == 0 ? range : new ValueRange(range.Min - Room, range.Max);

    /// <summary>The least magnitude of numbers that all lie beyond ±<see cref="Far"/>, as far as the bins tell; 0 stands between the signs.</summary>
    private static double Nearest(Histogram far)
    {
        double nearest = double.PositiveInfinity;
        for (int i = 0; i < far.Counts.Length; i++)
        {
            if (far.Counts[i] > 0)
            {
                double low = Math.Max((far.FirstBin + i) * far.BinWidth, far.Min);
                double high = Math.Min((far.FirstBin + i + 1) * far.BinWidth, far.Max);
                nearest = Math.Min(nearest, low > 0 ? low : high < 0 ? -high : Far);
            }
        }

        return nearest;
    }
}
