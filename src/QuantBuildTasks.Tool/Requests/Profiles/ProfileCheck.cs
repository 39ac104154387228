using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Runtime;

namespace QuantBuildTasks.Tool.Requests.Profiles;

/// <summary>What speaks against a profile as a whole, each value of which is right.</summary>
internal static class ProfileCheck
{
    /// <summary>QBT1024: errors where an app would get wrong results or nothing, warnings where it would not find the variant by itself.</summary>
    public static IEnumerable<Diagnostic> Of(HardwareProfile profile)
    {
        if (profile is { ExecutionProvider: HardwareProfile.CudaProvider, Format: NumberFormat.Integer8 })
        {
            yield return Error(profile, "Precision is int8, for which ONNX Runtime's CUDA provider has no kernels: such a file is slower there than float32. Use float16, or another BasedOn.");
        }

        if (profile is { ExecutionProvider: HardwareProfile.CpuProvider, Architecture: "x64", Format: NumberFormat.Integer8, Saturation: SaturationRule.None, CountsOnVnni: false })
        {
            yield return Error(
                profile,
                "Saturation is none, but processors without VNNI can use the profile, and their fast kernels saturate. Use Saturation=\"pairs\", or Features of VNNI alone (avx512-vnni;avx-vnni).");
        }

        foreach (string identifier in profile.RuntimeIdentifiers.Where(r => !r.EndsWith("-" + profile.Architecture, StringComparison.OrdinalIgnoreCase)))
        {
            yield return Error(profile, $"RuntimeIdentifiers names '{identifier}', whose processors are not {profile.Architecture}. Name some that end with -{profile.Architecture}, or change Architecture.");
        }

        foreach (string feature in profile.Features.Split('|', StringSplitOptions.RemoveEmptyEntries).Where(f => !ProcessorFeature.IsKnown(f)))
        {
            if (feature == HardwareProfile.CudaProvider || !feature.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            {
                yield return Error(profile, $"Features names '{feature}', which is no processor feature. Known: {string.Join(", ", ProcessorFeature.All)}. For an execution provider use BasedOn.");
                continue;
            }

            yield return Diagnostic.Warning(
                Codes.BadProfile,
                $"Features names '{feature}', which an app cannot find out, so it opens this variant only where it is asked for by name.{Suggestion.For(feature, ProcessorFeature.All)} Known: {string.Join(", ", ProcessorFeature.All)}.")
                with { Profile = profile.Name };
        }
    }

    private static Diagnostic Error(HardwareProfile profile, string text) => Diagnostic.Error(Codes.BadProfile, text) with { Profile = profile.Name };
}
