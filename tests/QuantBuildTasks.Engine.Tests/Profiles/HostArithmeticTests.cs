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
        Assert.Empty(arithmetic.Configuration);
    }

    [Fact]
    public void X64_without_the_features_uses_the_kernels_that_do_not_saturate()
    {
        HostArithmetic arithmetic = On("x64", "avx2");

        Assert.False(arithmetic.IsNative);
        Assert.Equal("exact kernels", arithmetic.Basis);
        Assert.Equal(KeyValuePair.Create("session.x64quantprecision", "1"), Assert.Single(arithmetic.Configuration));
    }

    [Fact]
    public void Another_architecture_is_not_native_and_needs_no_entry()
    {
        HostArithmetic arithmetic = On("arm64", "dotprod");

        Assert.Equal("exact kernels", arithmetic.Basis);
        Assert.Empty(arithmetic.Configuration);
    }

    [Theory]
    [InlineData("avx2|avx512-vnni", "proved")]
    [InlineData("avx2", "native")]
    public void Weights_that_cannot_saturate_are_proved_where_other_kernels_run(string features, string basis)
    {
        HostArithmetic arithmetic = On("x64", features, BuiltInProfiles.X64Avx2);

        Assert.Equal(basis, arithmetic.Basis);
        Assert.Empty(arithmetic.Configuration);
    }

    private static HostArithmetic On(string architecture, string features, HardwareProfile? profile = null) =>
        HostArithmetic.Of(profile ?? BuiltInProfiles.X64Vnni, new HostProcessor(architecture, features.Split('|')));
}
