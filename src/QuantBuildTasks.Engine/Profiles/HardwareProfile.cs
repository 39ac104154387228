namespace QuantBuildTasks.Engine.Profiles;

/// <summary>A kind of processor that gets its own variant of a model, as data: nothing in the engine asks for a profile by name.</summary>
internal sealed record HardwareProfile
{
    /// <summary>As users write it: <c>x64-vnni</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Process architecture, in the words of .NET's runtime identifiers: <c>x64</c>, <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// Processor features of which one must be there (<c>avx512-vnni|avx-vnni</c>), in the words that the runtime package knows; empty: any processor.
    /// </summary>
    public required string Features { get; init; }

    /// <summary>Element type of quantized activations.</summary>
    public required Model.ElementType ActivationType { get; init; }

    /// <summary>Element type of quantized weights; always symmetric with zero point 0.</summary>
    public required Model.ElementType WeightType { get; init; }

    /// <summary>What keeps the sums of products exact on this processor.</summary>
    public SaturationRule Saturation { get; init; } = SaturationRule.None;

    /// <summary>Which operators the execution provider runs as integers.</summary>
    public required IReadOnlySet<string> IntegerOperators { get; init; }

    /// <summary>How an artifact is run in this profile's arithmetic on another machine; null: no emulator is known.</summary>
    public ProfileEmulation? Emulation { get; init; }

    /// <summary>Whether a runtime identifier (<c>linux-x64</c>) can use this profile; the empty one stands for all.</summary>
    public bool Serves(string runtimeIdentifier) =>
        runtimeIdentifier.Length == 0 || runtimeIdentifier.EndsWith("-" + Architecture, StringComparison.Ordinal);
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
}

/// <summary>The user-mode emulator of a processor on which a profile's kernels run.</summary>
/// <param name="Emulator">Name of the program, without <c>-static</c>: <c>qemu-x86_64</c>.</param>
/// <param name="Cpu">Model of the processor (<c>-cpu</c>), which decides the kernels; null: the emulator's default.</param>
/// <param name="RuntimeIdentifier">For which the scoring program must be built: <c>linux-x64</c>.</param>
internal sealed record ProfileEmulation(string Emulator, string? Cpu, string RuntimeIdentifier);
