using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Profiles;

public sealed class HostArithmeticTests
{
    [Theory]
    [InlineData("avx2|avx512-vnni")]
    [InlineData("avx2|avx-vnni")]
    public void Host_with_one_of_the_features_measures_natively(string features)
    {
        HostArithmetic arithmetic = On("x64", features);

        Assert.True(arithmetic.IsNative);
        Assert.Equal("native", arithmetic.Basis);
        Assert.False(arithmetic.ExactSums);
    }

    [Fact]
    public void X64_without_the_features_uses_the_kernels_that_do_not_saturate()
    {
        HostArithmetic arithmetic = On("x64", "avx2");

        Assert.False(arithmetic.IsNative);
        Assert.Equal("exact kernels", arithmetic.Basis);
        Assert.True(arithmetic.ExactSums);
    }

    [Fact]
    public void Another_architecture_is_not_native_and_adds_exactly_by_itself()
    {
        HostArithmetic arithmetic = On("arm64", "dotprod");

        Assert.Equal("exact kernels", arithmetic.Basis);
        Assert.False(arithmetic.ExactSums);
    }

    [Theory]
    [InlineData("avx2|avx512-vnni", "proved")]
    [InlineData("avx2", "native")]
    public void Weights_that_cannot_saturate_are_proved_where_other_kernels_run(string features, string basis)
    {
        HostArithmetic arithmetic = On("x64", features, BuiltInProfiles.X64Avx2);

        Assert.Equal(basis, arithmetic.Basis);
        Assert.False(arithmetic.ExactSums);
    }

    [Fact]
    public void The_sums_of_arm64_are_those_of_any_kernel_that_does_not_saturate()
    {
        Assert.Equal("exact kernels", On("x64", "avx2|avx512-vnni", BuiltInProfiles.Arm64).Basis);
        Assert.False(On("x64", "avx2|avx512-vnni", BuiltInProfiles.Arm64).ExactSums);
        Assert.True(On("x64", "avx2", BuiltInProfiles.Arm64).ExactSums);
        Assert.True(On("arm64", "dotprod", BuiltInProfiles.Arm64).IsNative);
    }

    [Theory]
    [InlineData("x64")]
    [InlineData("arm64")]
    public void Nothing_here_computes_as_CUDA_does(string architecture)
    {
        HostArithmetic arithmetic = On(architecture, "avx2", BuiltInProfiles.Cuda);

        Assert.Equal("not tried", arithmetic.Basis);
        Assert.True(arithmetic.IsEstimate);
        Assert.False(arithmetic.IsNative);
    }

    [Fact]
    public void Float16_on_the_processor_is_native_on_its_own_architecture_alone()
    {
        HardwareProfile profile = BuiltInProfiles.Cuda with { ExecutionProvider = HardwareProfile.CpuProvider };

        Assert.True(On("x64", "avx2", profile).IsNative);
        Assert.Equal("not tried", On("arm64", "dotprod", profile).Basis);
    }

    [Theory]
    [InlineData("x64", "avx2|avx512-vnni", "proved")]
    [InlineData("x64", "avx2", "native")]
    [InlineData("arm64", "dotprod", "proved")]
    public void Reduced_range_is_proved_as_pairs_are(string architecture, string features, string basis) =>
        Assert.Equal(basis, On(architecture, features, BuiltInProfiles.X64Avx2 with { Saturation = SaturationRule.ReducedRange }).Basis);

    [Fact]
    public void Limited_weights_are_measured_natively_where_the_profile_asks_for_VNNI_all_the_same() =>
        Assert.True(On("x64", "avx2|avx-vnni", BuiltInProfiles.X64Vnni with { Saturation = SaturationRule.Pairs }).IsNative);

    private static HostArithmetic On(string architecture, string features, HardwareProfile? profile = null) =>
        HostArithmetic.Of(profile ?? BuiltInProfiles.X64Vnni, new HostProcessor(architecture, features.Split('|')));
}
