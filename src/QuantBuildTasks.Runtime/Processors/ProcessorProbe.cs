using System.Runtime.InteropServices;
#if NET8_0_OR_GREATER
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
#endif

namespace QuantBuildTasks.Runtime;

/// <summary>Asks the processor, or the operating system where .NET cannot ask the processor.</summary>
internal static class ProcessorProbe
{
    /// <summary>The features that this process can use; null where there is no way to tell.</summary>
    public static IReadOnlyList<string>? Features(string architecture)
    {
#if NET8_0_OR_GREATER
        if (X86Base.IsSupported)
        {
            // Compiled ahead of time, IsSupported is a constant false for everything beyond the baseline the app was compiled for, hence CPUID.
            return X86Features.From(X86Base.CpuId, RuntimeFeature.IsDynamicCodeCompiled ? Avx512F.IsSupported : null);
        }

        if (ArmBase.IsSupported)
        {
            // .NET 8 has no class for i8mm; the kernel tells.
            List<string> features = CpuInfo.Features(architecture, CpuInfo.Read()) ?? [];
            if (Dp.IsSupported && !features.Contains(ProcessorFeature.DotProd))
            {
                features.Insert(0, ProcessorFeature.DotProd);
            }

            return features;
        }
#endif
        return RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? CpuInfo.Features(architecture, CpuInfo.Read()) : null;
    }
}
