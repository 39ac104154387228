#if NET8_0_OR_GREATER
namespace QuantBuildTasks.Runtime;

/// <summary>Reads the features of an x86 processor from the CPUID instruction (Intel 64 and IA-32 Software Developer's Manual, volume 2A, CPUID).</summary>
internal static class X86Features
{
    // CPUID leaf, sub-leaf, register and bit of each fact.
    private const int OsSavesExtendedState = 27;    // 1, ECX
    private const int Avx2Bit = 5;                  // 7.0, EBX
    private const int Avx512VnniBit = 11;           // 7.0, ECX
    private const int AvxVnniBit = 4;               // 7.1, EAX
    private const uint Avx512Core = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);  // 7.0, EBX: F, DQ, BW, VL
    private const int UpperYmm = 2;                 // sub-leaves of leaf 13: parts of the register state
    private const int Zmm16To31 = 7;

    /// <summary>The features that ONNX Runtime's kernels can use.</summary>
    /// <param name="cpuId">Leaf and sub-leaf → EAX, EBX, ECX, EDX.</param>
    /// <param name="avx512">Whether the operating system keeps the AVX-512 registers; null where that has to be found out from CPUID.</param>
    public static IReadOnlyList<string> From(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId, bool? avx512)
    {
        int highest = cpuId(0, 0).Eax;
        if (highest < 13 || !Bit(cpuId(1, 0).Ecx, OsSavesExtendedState) || !OsSaves(cpuId, UpperYmm))
        {
            return [];
        }

        var features = new List<string>();
        (int lastSubleaf, int ebx, int ecx, _) = cpuId(7, 0);
        if (Bit(ebx, Avx2Bit))
        {
            features.Add(ProcessorFeature.Avx2);
        }

        if (lastSubleaf >= 1 && Bit(cpuId(7, 1).Eax, AvxVnniBit))
        {
            features.Add(ProcessorFeature.AvxVnni);
        }

        // ONNX Runtime's AVX-512 kernels want F, DQ, BW and VL together.
        if (Bit(ecx, Avx512VnniBit) && ((uint)ebx & Avx512Core) == Avx512Core && (avx512 ?? OsSaves(cpuId, Zmm16To31)))
        {
            features.Add(ProcessorFeature.Avx512Vnni);
        }

        return features;
    }

    // XGETBV, which would tell directly, is out of reach for managed code. EBX of leaf 13 is the size of the save area for the state that the system
    // has turned on, and EAX and EBX of a part's sub-leaf are the part's size and place in it.
    private static bool OsSaves(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId, int part)
    {
        (int size, int offset, _, _) = cpuId(13, part);
        return size > 0 && cpuId(13, 0).Ebx >= offset + size;
    }

    private static bool Bit(int register, int bit) => ((register >> bit) & 1) != 0;
}
#endif
