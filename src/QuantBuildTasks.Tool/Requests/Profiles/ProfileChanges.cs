using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Requests.Profiles;

/// <summary>What each metadata of a <c>QuantProfile</c> item changes in the profile that it is based on.</summary>
internal static class ProfileChanges
{
    /// <exception cref="QuantException">QBT1024: a value is wrong.</exception>
    public static HardwareProfile Apply(HardwareProfile basis, ProfileMetadata metadata)
    {
        string architecture = Word(metadata, ProfileMetadata.Architecture, "x64", "arm64") ?? basis.Architecture;
        bool moved = architecture != basis.Architecture;
        NumberFormat format = metadata.Word(ProfileMetadata.Precision, ("int8", NumberFormat.Integer8), ("float16", NumberFormat.Float16)) ?? basis.Format;
        return basis with
        {
            Name = metadata.Name,
            Architecture = architecture,
            Features = metadata.List(ProfileMetadata.Features) is { } features ? string.Join('|', features.Select(Lower).Distinct()) : moved ? "" : basis.Features,
            Saturation = metadata.Word(
                ProfileMetadata.Saturation, ("none", SaturationRule.None), ("pairs", SaturationRule.Pairs), ("reduced", SaturationRule.ReducedRange)) ?? basis.Saturation,
            Format = format,
            Operators = Operators(format, format == basis.Format ? basis.Operators : All(format), metadata),
            RuntimeIdentifiers = metadata.List(ProfileMetadata.RuntimeIdentifiers) ?? (moved ? [] : basis.RuntimeIdentifiers),
            MinimumRuntimeVersion = RuntimeVersion(metadata) ?? basis.MinimumRuntimeVersion,
            Emulation = Emulation(architecture, basis.ExecutionProvider, moved ? null : basis.Emulation, metadata),
        };
    }

    private static string? Word(ProfileMetadata metadata, string name, params string[] words) =>
        metadata.Word(name, [.. words.Select((w, i) => (w, i))]) is { } index ? words[index] : null;

    private static IReadOnlySet<string> All(NumberFormat format) => format == NumberFormat.Float16 ? ProviderOperators.CudaFloat16 : ProviderOperators.CpuIntegers;

    /// <summary><c>Conv;Gemm</c> names all operators, <c>-Conv;+Gemm</c> changes the list.</summary>
    private static IReadOnlySet<string> Operators(NumberFormat format, IReadOnlySet<string> basis, ProfileMetadata metadata)
    {
        (string used, string other) = format == NumberFormat.Float16
            ? (ProfileMetadata.Float16Operators, ProfileMetadata.IntegerOperators)
            : (ProfileMetadata.IntegerOperators, ProfileMetadata.Float16Operators);
        if (metadata.Find(other) is not null)
        {
            throw metadata.Wrong(other, $"The profile computes in {(format == NumberFormat.Float16 ? "float16" : "int8")}: use {used}.");
        }

        if (metadata.List(used) is not { } words)
        {
            return basis;
        }

        bool changes = words.Any(w => w[0] is '+' or '-');
        HashSet<string> operators = changes ? [.. basis] : [];
        foreach (string word in words)
        {
            if (changes != (word[0] is '+' or '-'))
            {
                throw metadata.Wrong(used, "Write either all operators (Conv;Gemm), or changes alone (-Conv;+Gemm).");
            }

            string name = changes ? word[1..].Trim() : word;
            if (!All(format).Contains(name))
            {
                throw metadata.Wrong(used, $"There is no {(format == NumberFormat.Float16 ? "float16" : "integer")} form of an operator '{name}'.{Suggestion.For(name, All(format))}");
            }

            _ = word[0] == '-' ? operators.Remove(name) : operators.Add(name);
        }

        return operators;
    }

    private static Version? RuntimeVersion(ProfileMetadata metadata)
    {
        const string Name = ProfileMetadata.MinimumRuntimeVersion;
        return metadata.Find(Name) is not { } text ? null
            : !Version.TryParse(text, out Version? version) ? throw metadata.Wrong(Name, "Write a version of ONNX Runtime, for example 1.31.1.")
            : version < HardwareProfile.TestedRuntimeVersion ? throw metadata.Wrong(Name, $"QuantBuildTasks.Runtime needs {HardwareProfile.TestedRuntimeVersion}: write that or a later one.")
            : version;
    }

    private static ProfileEmulation? Emulation(string architecture, string provider, ProfileEmulation? basis, ProfileMetadata metadata)
    {
        bool isCpu = provider == HardwareProfile.CpuProvider;
        if (metadata.Find(ProfileMetadata.EmulatorCpu) is not null && (!isCpu || architecture != "x64"))
        {
            throw metadata.Wrong(ProfileMetadata.EmulatorCpu, isCpu ? "Another processor can be emulated for x64 alone; arm64 is a Neoverse N1." : "A GPU cannot be emulated.");
        }

        ProfileEmulation? emulation = !isCpu ? null : basis ?? (architecture == "arm64" ? BuiltInProfiles.Arm64.Emulation : null);
        return metadata.Find(ProfileMetadata.EmulatorCpu) is { } cpu
            ? (emulation ?? BuiltInProfiles.X64Avx2.Emulation!) with { Cpu = cpu }
            : emulation;
    }

    private static string Lower(string word)
    {
        // Features are lower-case words everywhere else.
#pragma warning disable CA1308
        return word.ToLowerInvariant();
#pragma warning restore CA1308
    }
}
