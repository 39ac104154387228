namespace QuantBuildTasks.Runtime;

/// <summary>The words for processor features in a variant's index. Others are never found, so a variant that needs one must be asked for by name.</summary>
internal static class ProcessorFeature
{
    public const string Avx2 = "avx2";
    public const string AvxVnni = "avx-vnni";
    public const string Avx512Vnni = "avx512-vnni";
    public const string DotProd = "dotprod";
    public const string I8mm = "i8mm";

    /// <summary>All that can be found.</summary>
    public static IReadOnlyList<string> All { get; } = [Avx2, AvxVnni, Avx512Vnni, DotProd, I8mm];

    public static bool IsKnown(string feature) => All.Contains(feature);

    /// <summary>Whether the feature is one of those that multiply and add 8-bit numbers into 32 bits at once, without saturating in between.</summary>
    public static bool IsVnni(string feature) => feature is AvxVnni or Avx512Vnni;
}
