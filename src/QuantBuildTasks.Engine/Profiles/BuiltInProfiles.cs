namespace QuantBuildTasks.Engine.Profiles;

/// <summary>The profiles that need no declaration.</summary>
internal static class BuiltInProfiles
{
    /// <summary>
    /// x64 with VNNI instructions: 8-bit products are summed in 32 bits, so that unsigned activations times signed weights use the full range
    /// without saturation. Signed activations have no kernel on x64.
    /// </summary>
    public static HardwareProfile X64Vnni { get; } = new()
    {
        Name = "x64-vnni",
        Architecture = "x64",
        Features = "avx512-vnni|avx-vnni",
        Operators = ProviderOperators.CpuIntegers,
        Costs = "x64-vnni",
    };

    /// <summary>
    /// Any x64 with AVX2. Its fast kernel for unsigned activations and signed weights saturates; weights whose pairs cannot saturate make it exact, so that it
    /// gives the integer results that every other processor gives.
    /// </summary>
    public static HardwareProfile X64Avx2 { get; } = X64Vnni with
    {
        Name = "x64-avx2",
        Features = "",
        Saturation = SaturationRule.Pairs,
        Costs = "x64-avx2",
        Emulation = new ProfileEmulation("qemu-x86_64", "Haswell", "linux-x64"),
    };

    /// <summary>
    /// Any arm64. ONNX Runtime has fast kernels there for unsigned and for signed activations (UDOT, SDOT, UMMLA, SMMLA, NEON), and none of them saturates:
    /// the formats of <see cref="X64Vnni"/> are as exact and as fast as any. Which layers gain by integers differs, though.
    /// </summary>
    public static HardwareProfile Arm64 { get; } = X64Vnni with
    {
        Name = "arm64",
        Architecture = "arm64",
        Features = "",
        Costs = "arm64",
        Emulation = new ProfileEmulation("qemu-aarch64", "neoverse-n1", "linux-arm64"),
    };

    /// <summary>
    /// NVIDIA processors by ONNX Runtime's CUDA provider, which computes in float16 at full speed and has no integer kernels behind QDQ: 8-bit
    /// files are slower there than float32 ones.
    /// </summary>
    public static HardwareProfile Cuda { get; } = new()
    {
        Name = "cuda",
        Architecture = "x64",
        Features = "",
        ExecutionProvider = HardwareProfile.CudaProvider,
        Format = NumberFormat.Float16,
        Operators = ProviderOperators.CudaFloat16,
        RuntimeIdentifiers = ["linux-x64", "win-x64"],
    };

    /// <summary>In the order in which an app looks for one that fits: the one that asks for most first.</summary>
    public static IReadOnlyList<HardwareProfile> All => [Cuda, X64Vnni, X64Avx2, Arm64];
}
