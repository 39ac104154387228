namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>
/// A random generator of our own (SplitMix64; Steele, Lea and Flood 2014), so that resampling gives the same numbers on every machine and
/// with every version of .NET.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>; the bias, bound ÷ 2⁶⁴, is of no account here.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
}
