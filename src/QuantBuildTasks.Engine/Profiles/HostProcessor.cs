using System.Runtime.InteropServices;
using QuantBuildTasks.Runtime;

namespace QuantBuildTasks.Engine.Profiles;

/// <summary>The processor that builds, in the words of <see cref="HardwareProfile"/>; found as the app's runtime part finds it.</summary>
/// <param name="Architecture">Of the process: <c>x64</c>, <c>arm64</c>.</param>
/// <param name="Features">Those that profiles ask for and this processor has.</param>
internal sealed record HostProcessor(string Architecture, IReadOnlyList<string> Features)
{
    /// <summary>The processor of this process.</summary>
    public static HostProcessor Current { get; } = Detect();

    /// <summary>Whether products are added in 32 bits.</summary>
    public bool HasVnni => Features.Any(f => f.EndsWith("vnni", StringComparison.Ordinal));

    /// <summary>Whether a profile's kernels run here as they run on its own processors.</summary>
    public bool Runs(HardwareProfile profile) =>
        Architecture == profile.Architecture && (profile.Features.Length == 0 || profile.Features.Split('|').Any(Features.Contains));

    public override string ToString() => Features.Count == 0 ? Architecture : $"{Architecture} with {string.Join(", ", Features)}";

    private static HostProcessor Detect()
    {
        // Lower case is how runtime identifiers write the members of Architecture.
#pragma warning disable CA1308
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        return new HostProcessor(architecture, ProcessorProbe.Features(architecture) ?? []);
    }
}
