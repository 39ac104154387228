namespace QuantBuildTasks.Engine.Profiles;

/// <summary>
/// How the arithmetic of a profile is had on the machine that builds. The 8-bit kernels of x64 processors without VNNI saturate in 16 bits, which
/// is not what the profile's processors do: ONNX Runtime's entry <c>session.x64quantprecision</c> replaces them by kernels on unsigned
/// weights, whose sums are exact, as VNNI's are. Those of arm64 are exact by themselves. Time means nothing in either case.
/// </summary>
/// <param name="Basis">For the report: <see cref="Native"/>, <see cref="Proved"/> or <see cref="ExactKernels"/>.</param>
/// <param name="Configuration">Entries for sessions that run an artifact.</param>
internal sealed record HostArithmetic(string Basis, IReadOnlyDictionary<string, string> Configuration)
{
    /// <summary>The kernels that the profile's processors use.</summary>
    public const string Native = "native";

    /// <summary>Other kernels, with the same integer sums.</summary>
    public const string ExactKernels = "exact kernels";

    /// <summary>Other kernels, and weights that saturate in none: the integer sums are the same on both.</summary>
    public const string Proved = "proved";

    /// <summary>Nothing was measured in the profile's arithmetic.</summary>
    public const string NotTried = "not tried";

    private const string ExactEntry = "session.x64quantprecision";

    /// <summary>Whether time measured here is the profile's.</summary>
    public bool IsNative => Basis == Native;

    public static HostArithmetic Of(HardwareProfile profile, HostProcessor host) =>
        host.Runs(profile) && profile.Saturation == SaturationRule.Pairs && host.HasVnni ? new HostArithmetic(Proved, new Dictionary<string, string>())
        : host.Runs(profile) ? new HostArithmetic(Native, new Dictionary<string, string>())
        : host.Architecture == "x64" ? new HostArithmetic(ExactKernels, new Dictionary<string, string> { [ExactEntry] = "1" })
        : new HostArithmetic(ExactKernels, new Dictionary<string, string>());
}
