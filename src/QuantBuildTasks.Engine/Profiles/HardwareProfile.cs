using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Profiles;

/// <summary>A kind of processor that gets its own variant of a model, as data: nothing in the engine asks for a profile by name.</summary>
internal sealed record HardwareProfile
{
    /// <summary>As users write it: <c>x64-vnni</c>. It names files: letters, digits, <c>-</c> and <c>.</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Process architecture, in the words of .NET's runtime identifiers: <c>x64</c>, <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// Processor features of which one must be there (<c>avx512-vnni|avx-vnni</c>), in the words that the runtime package knows; empty: any processor.
    /// </summary>
    public required string Features { get; init; }

    /// <summary>ONNX Runtime's execution provider: <see cref="CpuProvider"/> or <see cref="CudaProvider"/>.</summary>
    public string ExecutionProvider { get; init; } = CpuProvider;

    /// <summary>In which numbers the variant computes.</summary>
    public NumberFormat Format { get; init; } = NumberFormat.Integer8;

    /// <summary>Element type of quantized activations; used by <see cref="NumberFormat.Integer8"/> alone.</summary>
    public ElementType ActivationType { get; init; } = ElementType.UInt8;

    /// <summary>Element type of quantized weights, always symmetric with zero point 0; used by <see cref="NumberFormat.Integer8"/> alone.</summary>
    public ElementType WeightType { get; init; } = ElementType.Int8;

    /// <summary>What keeps the sums of products exact on this processor.</summary>
    public SaturationRule Saturation { get; init; } = SaturationRule.None;

    /// <summary>Which operators of ONNX the execution provider computes in <see cref="Format"/>.</summary>
    public required IReadOnlySet<string> Operators { get; init; }

    /// <summary>
    /// The table of what operators cost here as float32 and as integers, which decides node by node (docs/costs.md); null: integers wherever there is a kernel.
    /// </summary>
    public string? Costs { get; init; }

    /// <summary>The runtime identifiers that can use the profile; empty: those of <see cref="Architecture"/>, whatever the operating system.</summary>
    public IReadOnlyList<string> RuntimeIdentifiers { get; init; } = [];

    /// <summary>The lowest version of ONNX Runtime that computes the variant as it was measured.</summary>
    public Version MinimumRuntimeVersion { get; init; } = TestedRuntimeVersion;

    /// <summary>How an artifact is run in this profile's arithmetic on another machine; null: no emulator is known.</summary>
    public ProfileEmulation? Emulation { get; init; }

    /// <summary>The execution provider that every ONNX Runtime has.</summary>
    public const string CpuProvider = "cpu";

    /// <summary>The execution provider for NVIDIA's processors.</summary>
    public const string CudaProvider = "cuda";

    /// <summary>The version that the worker brings, and the lowest one that the runtime package accepts.</summary>
    public static Version TestedRuntimeVersion { get; } = new(1, 31, 1);

    /// <summary>What the index asks for: the processor features, and the provider where it is not the one that is always there.</summary>
    public string Requirements => ExecutionProvider == CpuProvider ? Features : Features.Length == 0 ? ExecutionProvider : $"{ExecutionProvider}|{Features}";

    /// <summary>Whether only processors with VNNI use the profile: theirs are kernels that do not saturate.</summary>
    public bool CountsOnVnni => Features.Length > 0 && Features.Split('|').All(f => f.EndsWith("vnni", StringComparison.Ordinal));

    /// <summary>Whether a runtime identifier (<c>linux-x64</c>) can use this profile; the empty one stands for all.</summary>
    public bool Serves(string runtimeIdentifier) =>
        runtimeIdentifier.Length == 0
        || (RuntimeIdentifiers.Count > 0
            ? RuntimeIdentifiers.Contains(runtimeIdentifier, StringComparer.OrdinalIgnoreCase)
            : runtimeIdentifier.EndsWith("-" + Architecture, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a model's artifact for this profile is, byte for byte, the one for <paramref name="other"/>: only what decides the numbers counts.</summary>
    public bool MakesTheSameArtifactAs(HardwareProfile other) =>
        Format == other.Format && ActivationType == other.ActivationType && WeightType == other.WeightType && Saturation == other.Saturation
        && Costs == other.Costs && Operators.SetEquals(other.Operators);
}

/// <summary>In which numbers a variant computes.</summary>
internal enum NumberFormat
{
    /// <summary>8-bit integers with scales.</summary>
    Integer8,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,
}

/// <summary>How weights must be limited so that a processor's integer kernels give exact sums.</summary>
internal enum SaturationRule
{
    /// <summary>The kernels add products in 32 bits: every int8 weight is safe.</summary>
    None,

    /// <summary>
    /// The kernels add two neighbouring products u8·s8 in a saturating int16 (VPMADDUBSW): 255·(w₀ + w₁) must fit, for the positive and for the negative weights
    /// of each pair.
    /// </summary>
    Pairs,

    /// <summary>For the same kernels, without a look at pairs: every weight is limited to ±64, since 2·255·64 fits. One of eight bits is lost everywhere.</summary>
    ReducedRange,
}

/// <summary>The user-mode emulator of a processor on which a profile's kernels run.</summary>
/// <param name="Emulator">Name of the program, without <c>-static</c>: <c>qemu-x86_64</c>.</param>
/// <param name="Cpu">Model of the processor (<c>-cpu</c>), which decides the kernels; null: the emulator's default.</param>
/// <param name="RuntimeIdentifier">For which the scoring program must be built: <c>linux-x64</c>.</param>
internal sealed record ProfileEmulation(string Emulator, string? Cpu, string RuntimeIdentifier)
{
    /// <summary>What GNU tools call the architecture; names the folder of its libraries.</summary>
    public string Triplet => Emulator.Replace("qemu-", "", StringComparison.Ordinal) + "-linux-gnu";
}
