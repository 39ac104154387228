using System.Runtime.InteropServices;

namespace QuantBuildTasks.Runtime.Tests;

public sealed class ProcessorTests
{
    private const int OsXsave = 1 << 27;
    private const int Avx2 = 1 << 5;
    private const int Avx512FDqBwVl = (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31);
    private const int Avx512Vnni = 1 << 11;
    private const int AvxVnni = 1 << 4;

    [Fact]
    public void Haswell_has_AVX2_alone() =>
        Assert.Equal(["avx2"], X86Features.From(Cpu(OsXsave, leaf7: (0, Avx2, 0), leaf71: 0, saved: 832), avx512: null));

    [Fact]
    public void A_server_processor_has_AVX512_VNNI() =>
        Assert.Equal(["avx2", "avx512-vnni"], X86Features.From(Cpu(OsXsave, (1, Avx2 | Avx512FDqBwVl, Avx512Vnni), 0, saved: 2696), null));

    [Fact]
    public void A_client_processor_has_AVX_VNNI() =>
        Assert.Equal(["avx2", "avx-vnni"], X86Features.From(Cpu(OsXsave, (2, Avx2, 0), AvxVnni, saved: 832), null));

    [Fact]
    public void What_the_operating_system_does_not_save_is_not_there()
    {
        Assert.Empty(X86Features.From(Cpu(0, (1, Avx2, 0), AvxVnni, saved: 832), null));
        Assert.Empty(X86Features.From(Cpu(OsXsave, (1, Avx2, 0), AvxVnni, saved: 576), null));
        Assert.Equal(["avx2"], X86Features.From(Cpu(OsXsave, (1, Avx2 | Avx512FDqBwVl, Avx512Vnni), 0, saved: 832), null));
        Assert.Equal(["avx2"], X86Features.From(Cpu(OsXsave, (1, Avx2 | Avx512FDqBwVl, Avx512Vnni), 0, saved: 2696), avx512: false));
    }

    [Fact]
    public void AVX512_VNNI_counts_only_with_the_subsets_that_the_kernels_need() =>
        Assert.Equal(["avx2"], X86Features.From(Cpu(OsXsave, (1, Avx2 | (1 << 16), Avx512Vnni), 0, saved: 2696), null));

    [Fact]
    public void A_sub_leaf_that_the_processor_does_not_have_is_not_read() =>
        Assert.Equal(["avx2"], X86Features.From(Cpu(OsXsave, (0, Avx2, 0), AvxVnni, saved: 832), null));

    [Fact]
    public void A_processor_without_leaf_13_has_no_feature() => Assert.Empty(X86Features.From((leaf, _) => leaf == 0 ? (7, 0, 0, 0) : (-1, -1, -1, -1), null));

    [Fact]
    public void The_kernels_list_is_read_for_x64()
    {
        string text = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\nvmx flags\t: avx_vnni\n";

        Assert.Equal(["avx2", "avx512-vnni"], CpuInfo.Features("x64", text));
    }

    [Fact]
    public void The_kernels_list_is_read_for_arm64() =>
        Assert.Equal(["dotprod", "i8mm"], CpuInfo.Features("arm64", "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm bf16\n"));

    [Fact]
    public void A_list_of_another_architecture_says_nothing()
    {
        Assert.Null(CpuInfo.Features("arm64", "flags\t\t: avx2\n"));
        Assert.Null(CpuInfo.Features("s390x", "features\t: esan3\n"));
        Assert.Null(CpuInfo.Features("x64", ""));
    }

    [Fact]
    public void A_list_that_cannot_be_read_says_nothing_and_stops_nothing()
    {
        Assert.Equal("", CpuInfo.Read(_ => false, _ => throw new InvalidOperationException()));
        Assert.Equal("", CpuInfo.Read(_ => true, _ => throw new UnauthorizedAccessException()));
        Assert.Equal("", CpuInfo.Read(_ => true, _ => throw new IOException("Input/output error")));
        Assert.Equal("flags : avx2", CpuInfo.Read(_ => true, path => path == "/proc/cpuinfo" ? "flags : avx2" : ""));
    }

    [Fact]
    public void Architecture_is_in_the_words_of_runtime_identifiers() =>
        Assert.EndsWith("-" + ProcessorInfo.Current.Architecture, RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal);

    /// <summary>A CPUID with the given facts, and the usual places of YMM (256 bytes at 576) and ZMM16–31 (1024 at 1664) in the save area.</summary>
    private static Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> Cpu(int leaf1, (int Eax, int Ebx, int Ecx) leaf7, int leaf71, int saved) =>
        (leaf, subleaf) => (leaf, subleaf) switch
        {
            (0, _) => (13, 0, 0, 0),
            (1, _) => (0, 0, leaf1, 0),
            (7, 0) => (leaf7.Eax, leaf7.Ebx, leaf7.Ecx, 0),
            (7, 1) => (leaf71, 0, 0, 0),
            (13, 0) => (0, saved, 0, 0),
            (13, 2) => (256, 576, 0, 0),
            (13, 7) => (1024, 1664, 0, 0),
            _ => (0, 0, 0, 0),
        };
}
