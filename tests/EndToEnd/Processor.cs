namespace EndToEnd;

/// <summary>The processor that the tests run on.</summary>
internal static class Processor
{
    /// <summary>Whether it adds 8-bit products in 32 bits.</summary>
    public static bool HasVnni { get; } = File.ReadAllText("/proc/cpuinfo").Contains("vnni", StringComparison.Ordinal);

    /// <summary>The profile that an app opens here of the four.</summary>
    public static string Profile => HasVnni ? "x64-vnni" : "x64-avx2";
}
