using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Profiles;

public sealed class ProfileTests
{
    [Theory]
    [InlineData("", false, "x64-vnni x64-avx2 arm64")]
    [InlineData("", true, "cuda x64-vnni x64-avx2 arm64")]
    [InlineData("linux-x64", false, "x64-vnni x64-avx2")]
    [InlineData("linux-x64", true, "cuda x64-vnni x64-avx2")]
    [InlineData("win-x64", true, "cuda x64-vnni x64-avx2")]
    [InlineData("linux-musl-x64", true, "x64-vnni x64-avx2")]
    [InlineData("osx-arm64", true, "arm64")]
    [InlineData("linux-arm64", false, "arm64")]
    [InlineData("win-x86", true, "")]
    public void What_nobody_names_is_what_serves_the_runtime_identifier_and_CUDA_with_its_package_alone(string runtimeIdentifier, bool gpuPackage, string expected) =>
        Assert.Equal(expected, string.Join(' ', ProfileCatalog.BuiltIn.For(runtimeIdentifier, gpuPackage).Select(p => p.Name)));

    [Fact]
    public void A_profile_of_the_project_stands_right_before_the_one_it_is_based_on()
    {
        var catalog = ProfileCatalog.With([(Named("old"), "x64-avx2"), (Named("new"), "x64-vnni"), (Named("older"), "x64-avx2")]);

        Assert.Equal(["cuda", "new", "x64-vnni", "old", "older", "x64-avx2", "arm64"], catalog.All.Select(p => p.Name));
    }

    [Fact]
    public void The_order_in_which_profiles_are_named_does_not_decide_what_an_app_opens() =>
        Assert.Equal(
            ["x64-vnni", "x64-avx2"],
            ProfileCatalog.BuiltIn.InOrder([BuiltInProfiles.X64Avx2, BuiltInProfiles.X64Vnni, BuiltInProfiles.X64Avx2]).Select(p => p.Name));

    [Fact]
    public void Arm64_makes_the_artifact_of_VNNI_where_costs_do_not_count_and_no_other_pair_does()
    {
        Assert.True((BuiltInProfiles.Arm64 with { Costs = null }).MakesTheSameArtifactAs(BuiltInProfiles.X64Vnni with { Costs = null }));
        Assert.False(BuiltInProfiles.Arm64.MakesTheSameArtifactAs(BuiltInProfiles.X64Vnni));
        Assert.False(BuiltInProfiles.X64Avx2.MakesTheSameArtifactAs(BuiltInProfiles.X64Vnni));
        Assert.False(BuiltInProfiles.Cuda.MakesTheSameArtifactAs(BuiltInProfiles.X64Vnni));
    }

    [Fact]
    public void A_model_for_arm64_and_for_VNNI_is_the_same_file_where_costs_do_not_count()
    {
        ModelBuilder Model() => new ModelBuilder().Input("x", "N", 8, 8, 8).Weight("w", 16, 8, 3, 3).Node("Conv", "x w -> a").Node("Relu", "a -> y").Output("y");

        Assert.Equal(QuantizedModel.Of(Model()).Bytes, QuantizedModel.Of(Model(), profile: BuiltInProfiles.Arm64 with { Costs = null }).Bytes);
    }

    [Fact]
    public void The_index_asks_for_features_and_for_a_provider_that_is_not_always_there()
    {
        Assert.Equal("avx512-vnni|avx-vnni", BuiltInProfiles.X64Vnni.Requirements);
        Assert.Equal("", BuiltInProfiles.X64Avx2.Requirements);
        Assert.Equal("cuda", BuiltInProfiles.Cuda.Requirements);
        Assert.Equal("cuda|avx2", (BuiltInProfiles.Cuda with { Features = "avx2" }).Requirements);
    }

    private static HardwareProfile Named(string name) => BuiltInProfiles.X64Vnni with { Name = name };
}
