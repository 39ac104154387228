namespace QuantBuildTasks.Engine.Profiles;

/// <summary>
/// How the arithmetic of a profile is had on the machine that builds. The 8-bit kernels of x64 processors without VNNI saturate in 16 bits, which
/// is not what the profile's processors do: there artifacts run with unsigned weights, whose kernels add exactly, as VNNI does. Those of arm64 are exact by themselves. Time means nothing in either case.
/// </summary>
/// <param name="Basis">For the report: <see cref="Native"/>, <see cref="Proved"/>, <see cref="ExactKernels"/> or <see cref="NotTried"/>.</param>
/// <param name="ExactSums">Whether sessions that run an artifact must be told to add exactly.</param>
internal sealed record HostArithmetic(string Basis, bool ExactSums = false)
{
    /// <summary>The kernels that the profile's processors use.</summary>
    public const string Native = "native";

    /// <summary>Other kernels, with the same integer sums.</summary>
    public const string ExactKernels = "exact kernels";

    /// <summary>Other kernels, and weights that saturate in none: the integer sums are the same on both.</summary>
    public const string Proved = "proved";

    /// <summary>ONNX Runtime's own kernels for those processors, under an emulator.</summary>
    public const string Emulated = "emulated";

    /// <summary>
    /// Nothing here computes as the profile's processors do. A session here (ONNX Runtime's CPU provider computes float16 graphs in float32 and rounds
    /// between the operators) shows gross failures, such as overflow, and is an estimate beyond that.
    /// </summary>
    public const string NotTried = "not tried";

    /// <summary>Whether time measured here is the profile's.</summary>
    public bool IsNative => Basis == Native;

    /// <summary>Whether a measurement here says nothing certain about the profile's processors.</summary>
    public bool IsEstimate => Basis == NotTried;

    public static HostArithmetic Of(HardwareProfile profile, HostProcessor host)
    {
        // The worker brings the CPU provider alone; and what that makes of float16 differs between architectures, where sums of integers do not.
        if (profile.ExecutionProvider != HardwareProfile.CpuProvider || (profile.Format == NumberFormat.Float16 && !host.Runs(profile)))
        {
            return new HostArithmetic(NotTried);
        }

        // A profile that limits its weights is for kernels that saturate, unless it asks for VNNI all the same: other hosts run faster kernels than its processors.
        bool saturatesHere = host.Architecture == "x64" && !host.HasVnni;
        if (host.Runs(profile) && (profile.Saturation == SaturationRule.None || saturatesHere || profile.CountsOnVnni))
        {
            return new HostArithmetic(Native);
        }

        return profile.Saturation != SaturationRule.None ? new HostArithmetic(Proved) : new HostArithmetic(ExactKernels, saturatesHere);
    }
}
