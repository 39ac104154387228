using System.Runtime.InteropServices;

namespace QuantBuildTasks.Runtime;

/// <summary>What is known of the processor that the process runs on.</summary>
public sealed class ProcessorInfo
{
    private static readonly Lazy<ProcessorInfo> Detected = new(Detect);

    internal ProcessorInfo(string architecture, IReadOnlyList<string>? features)
    {
        Architecture = architecture;
        Features = features ?? [];
        FeaturesKnown = features is not null;
    }

    /// <summary>The processor of this process; detected once.</summary>
    public static ProcessorInfo Current => Detected.Value;

    /// <summary>
    /// Architecture of the process in the words of runtime identifiers: <c>x64</c>, <c>arm64</c>, <c>x86</c> … An x64 process on an
    /// arm64 machine is <c>x64</c>.
    /// </summary>
    public string Architecture { get; }

    /// <summary>
    /// The features that matter to the choice and that processor and operating system offer: <c>avx2</c>, <c>avx-vnni</c>,
    /// <c>avx512-vnni</c>, <c>dotprod</c>, <c>i8mm</c> (the last one is found on Linux and Android only).
    /// </summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>
    /// Whether features can be detected here. Not so on .NET Framework and on other runtimes older than .NET 8, except on Linux.
    /// </summary>
    public bool FeaturesKnown { get; }

    /// <summary>For example <c>x64 with avx2, avx512-vnni</c>.</summary>
    public override string ToString()
    {
        if (!FeaturesKnown)
        {
            return $"{Architecture}, features not detectable on {RuntimeInformation.FrameworkDescription}";
        }

        return $"{Architecture} with {(Features.Count == 0 ? "none of the features that matter here" : string.Join(", ", Features))}";
    }

    internal bool Has(string feature) => Features.Contains(feature);

    private static ProcessorInfo Detect()
    {
        // Lower case is how runtime identifiers write the members of Architecture.
#pragma warning disable CA1308
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        return new ProcessorInfo(architecture, ProcessorProbe.Features(architecture));
    }
}
