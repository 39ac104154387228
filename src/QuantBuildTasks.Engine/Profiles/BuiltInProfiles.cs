using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Profiles;

/// <summary>The profiles that need no declaration.</summary>
internal static class BuiltInProfiles
{
    /// <summary>Operators for which ONNX Runtime 1.31's CPU execution provider has an integer kernel behind QDQ.</summary>
    private static HashSet<string> CpuIntegerOperators { get; } =
    [
        "Conv", "MatMul", "Gemm", "Add", "Mul", "Concat", "Split", "Sigmoid", "LeakyRelu", "Softmax",
        "AveragePool", "GlobalAveragePool", "MaxPool", "ReduceMax", "ReduceMin", "Resize",
        "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Flatten", "Gather", "GatherElements", "Tile", "Expand", "DepthToSpace",
        "Relu", "Clip",
    ];

    /// <summary>
    /// x64 with VNNI instructions: 8-bit products are summed in 32 bits, so that unsigned activations times signed weights use the full range
    /// without saturation. Signed activations have no kernel on x64.
    /// </summary>
    public static HardwareProfile X64Vnni { get; } = new()
    {
        Name = "x64-vnni",
        Architecture = "x64",
        Features = "avx512-vnni|avx-vnni",
        ActivationType = ElementType.UInt8,
        WeightType = ElementType.Int8,
        IntegerOperators = CpuIntegerOperators,
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
        Emulation = new ProfileEmulation("qemu-x86_64", "Haswell", "linux-x64"),
    };

    /// <summary>In the order in which an app looks for one that fits: the one that asks for most first.</summary>
    public static IReadOnlyList<HardwareProfile> All => [X64Vnni, X64Avx2];
}
