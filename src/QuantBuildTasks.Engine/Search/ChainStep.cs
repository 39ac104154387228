namespace QuantBuildTasks.Engine.Search;

/// <summary>What is foretold of one plan on the way from all integers to all float32.</summary>
/// <param name="Time">Time ÷ float32's.</param>
/// <param name="Size">Bytes ÷ float32's.</param>
/// <param name="Noise">Noise power ÷ signal power at the worst output.</param>
internal sealed record ChainStep(double Time, double Size, double Noise)
{
    public static double Db(double noise) => -10 * Math.Log10(noise);
}

/// <summary>What was measured of it on the held-out samples.</summary>
/// <param name="Time">Time ÷ float32's.</param>
/// <param name="Size">Bytes ÷ float32's.</param>
/// <param name="Noise">Noise power ÷ signal power at the worst output.</param>
/// <param name="HoldsGate">Whether all limits hold.</param>
internal sealed record ChainMeasure(double Time, double Size, double Noise, bool HoldsGate);
