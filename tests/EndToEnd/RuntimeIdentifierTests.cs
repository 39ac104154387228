namespace EndToEnd;

/// <summary>A project that is restored for several runtime identifiers. Its last layer is so small that costs of processors decide otherwise; without it x64-vnni and arm64 have the same file.</summary>
public sealed class PortableProject(PackedProduct product)
{
    internal ConsumerProject Project { get; } = new(
        product, item: $"{ConsumerProject.GoodModel} KeepFloat=\"logits\"", properties: "<RuntimeIdentifiers>linux-x64;linux-arm64;osx-arm64;win-x86</RuntimeIdentifiers><UseAppHost>false</UseAppHost><EnableRuntimePackDownload>false</EnableRuntimePackDownload><EnableAppHostPackDownload>false</EnableAppHostPackDownload>");
}

public sealed class RuntimeIdentifierTests(PortableProject portable) : IClassFixture<PortableProject>
{
    private readonly ConsumerProject _project = portable.Project;

    [Theory]
    [InlineData("linux-x64", "x64-vnni.onnx x64-avx2.onnx")]
    [InlineData("osx-arm64", "arm64.onnx")]
    public void Only_what_can_serve_the_runtime_identifier_is_made(string runtimeIdentifier, string artifacts)
    {
        _project.MSBuild("-t:QuantizeModels", $"-p:RuntimeIdentifier={runtimeIdentifier}").Succeeded();

        Assert.Equal(artifacts.Split(' ').Order(StringComparer.Ordinal), Artifacts($"obj/Debug/net10.0/{runtimeIdentifier}/quant/BertDe"));
    }

    [Fact]
    public void Publishing_for_arm64_embeds_its_variant_alone()
    {
        _project.Publish("linux-arm64").Succeeded();

        Assert.Equal(["QuantBuildTasks/BertDe/arm64.onnx", "QuantBuildTasks/BertDe/index.tsv"], _project.Embedded("bin/Release/net10.0/linux-arm64/publish/App.dll"));
    }

    [Fact]
    public void Without_one_all_processors_are_served_whatever_the_project_is_restored_for()
    {
        _project.MSBuild("-t:QuantizeModels").Succeeded();

        AssertAll();
    }

    [Fact]
    public void Runtime_identifier_that_no_profile_serves_fails_the_build()
    {
        Finding error = _project.MSBuild("-t:QuantizeModels", "-p:RuntimeIdentifier=win-x86").FailedWith("QBT1021");

        Assert.Contains("win-x86", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Runtime_identifier_that_the_SDK_set_unasked_does_not_count()
    {
        _project.MSBuild("-t:QuantizeModels", "-p:RuntimeIdentifier=win-x86", "-p:_UsingDefaultRuntimeIdentifier=true").Succeeded();

        AssertAll();
    }

    /// <summary>Three variants in two files: arm64 takes the bytes of x64-vnni.</summary>
    private void AssertAll()
    {
        Assert.Equal(["x64-avx2.onnx", "x64-vnni.onnx"], Artifacts("obj/Debug/net10.0/quant/BertDe"));
        Assert.Contains("\nvariant\tarm64\tQuantBuildTasks/BertDe/x64-vnni.onnx\t", File.ReadAllText(_project["obj/Debug/net10.0/quant/BertDe/index.tsv"]), StringComparison.Ordinal);
    }

    private string[] Artifacts(string folder) => [.. Directory.GetFiles(_project[folder], "*.onnx").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
