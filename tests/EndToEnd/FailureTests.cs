namespace EndToEnd;

/// <summary>A project whose item each test replaces.</summary>
public sealed class FailingProject(PackedProduct product)
{
    internal ConsumerProject Project { get; } = new(product);
}

public sealed class FailureTests(FailingProject failing, PackedProduct product) : IClassFixture<FailingProject>
{
    private const string Data = "CalibrationData=\"data/calibration.npz\" ValidationData=\"data/validation.npz\"";

    private readonly ConsumerProject _project = failing.Project;

    [Fact]
    public void Limit_that_is_not_met_fails_the_build_and_names_model_profile_and_remedy()
    {
        Finding error = Build($"Include=\"models/bert.de.onnx\" {Data} Profiles=\"x64-vnni\" Metric=\"sqnr\" MaxDrop=\">=90\"").FailedWith("QBT3001");

        Assert.Equal("models/bert.de.onnx", error.File);
        Assert.StartsWith("x64-vnni: ", error.Text, StringComparison.Ordinal);
        Assert.Contains("conv", error.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_project.Output, "quant.stamp")));
    }

    [Fact]
    public void Failed_build_fails_again()
    {
        string item = $"Include=\"models/bert.de.onnx\" {Data} Profiles=\"x64-vnni\" Metric=\"sqnr\" MaxDrop=\">=95\"";

        Build(item).FailedWith("QBT3001");

        Build(item).FailedWith("QBT3001");
    }

    [Theory]
    [InlineData("Include=\"models/none.onnx\" " + Data, "QBT1001", "none.onnx")]
    [InlineData("Include=\"models/corrupt.onnx\" " + Data, "QBT1002", "")]
    [InlineData("Include=\"models/pointer.onnx\" " + Data, "QBT1003", "git lfs pull")]
    [InlineData("Include=\"models/bert.de.onnx\" CalibrationData=\"data/none.npz\"", "QBT1010", "data/none.npz")]
    [InlineData("Include=\"models/bert.de.onnx\" CalibrationData=\"data/other-size.npz\"", "QBT1012", "image")]
    [InlineData("Include=\"models/bert.de.onnx\" MaxDorp=\"1%\" " + Data, "QBT1020", "MaxDrop")]
    [InlineData("Include=\"models/bert.de.onnx\" MaxDrop=\"little\" " + Data, "QBT1021", "little")]
    [InlineData("Include=\"models/bert.de.onnx\" PinnedInputs=\"bacth=1\" " + Data, "QBT1031", "'batch'?")]
    [InlineData("Include=\"models/bert.de.onnx\" PinnedInputs=\"batch=few\" " + Data, "QBT1032", "few")]
    [InlineData("Include=\"models/bert.de.onnx\" ClassName=\"my-name\" " + Data, "QBT1021", "my-name")]
    [InlineData("Include=\"models/bert.de.onnx\" MaxRegression=\"0.1%\" " + Data, "QBT1022", "MaxRegression")]
    [InlineData("Include=\"models/bert.de.onnx\" Precision=\"float16\" " + Data, "QBT1022", "float16")]
    [InlineData("Include=\"models/bert.de.onnx\" " + Data + "\nInclude=\"data/bert-de.onnx\" " + Data, "QBT1023", "BertDe")]
    public void Each_mistake_has_its_own_code(string item, string code, string mentioned)
    {
        File.WriteAllText(_project["models/corrupt.onnx"], "This is no model.");
        File.WriteAllText(_project["models/pointer.onnx"], "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");
        File.Copy(product.Data("other-size.npz"), _project["data/other-size.npz"], overwrite: true);

        Finding error = Build(item).FailedWith(code);

        Assert.Contains(mentioned, error.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Project_that_is_not_SDK_style_is_told_so()
    {
        File.WriteAllText(_project["Legacy.proj"], $"""
            <Project>
              <PropertyGroup>
                <OutputType>Library</OutputType>
                <OutputPath>bin/legacy/</OutputPath>
                <TargetFrameworkVersion>v4.7.2</TargetFrameworkVersion>
              </PropertyGroup>
              <ItemGroup>
                <QuantModel Include="models/bert.de.onnx" />
              </ItemGroup>
              <Import Project="$(MSBuildToolsPath)/Microsoft.CSharp.targets" />
              <Import Project="{Path.Combine(product.Packages, "quantbuildtasks", product.Version, "build", "QuantBuildTasks.targets")}" />
            </Project>
            """);

        (int exitCode, string output) = DotNet.Run(_project.Folder, ["msbuild", "Legacy.proj", "-tl:off"]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("error QBT1025", output, StringComparison.Ordinal);
    }

    private BuildOutcome Build(string item)
    {
        _project.WriteProject(item);
        return _project.Build();
    }
}
