using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>What else of a project decides about its models: names, packages, profiles.</summary>
public sealed class ProjectContentTests(PackedProduct product)
{
    private const string OneProfile = ConsumerProject.GoodModel + "Profiles=\"x64-vnni\"";

    [Fact]
    public void Misspelt_property_fails_the_build_wherever_it_is_set()
    {
        var project = new ConsumerProject(product, item: OneProfile);
        File.WriteAllText(project["Directory.Build.props"], "<Project><PropertyGroup><QuantMaxDorp>0.1%</QuantMaxDorp></PropertyGroup></Project>");

        Finding inFile = project.Build().FailedWith("QBT1020");
        File.Delete(project["Directory.Build.props"]);
        Finding inCommand = project.Build("-p:QuantRecpie=fast").FailedWith("QBT1020");

        Assert.Equal(project["Directory.Build.props"], inFile.File);
        Assert.Contains("Did you mean 'QuantMaxDrop'?", inFile.Text, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'QuantRecipe'?", inCommand.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Misspelt_item_fails_a_build_that_would_have_no_model()
    {
        var project = new ConsumerProject(product, item: "");
        project.WriteTargets("""<ItemGroup><QuantModels Include="models/bert.de.onnx" /></ItemGroup>""");

        Assert.Contains("Did you mean 'QuantModel'?", project.Build().FailedWith("QBT1020").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Package_for_CUDA_is_found_behind_another_package_and_with_central_versions()
    {
        FeedPackage.Write(product.Feed, "Microsoft.ML.OnnxRuntime.Gpu.Linux", "99.0.0", dependency: null, "runtimes/linux-x64/native/libonnxruntime.so");
        FeedPackage.Write(product.Feed, "Some.Library", "99.0.0", "Microsoft.ML.OnnxRuntime.Gpu.Linux", "lib/netstandard2.0/_._");
        var project = new ConsumerProject(product);
        Assert.DoesNotContain("→ cuda", project.MSBuild("-t:QuantizeModels").Succeeded().Output, StringComparison.Ordinal);

        string text = File.ReadAllText(project.ProjectFile).Replace("<PackageReference Include=\"Microsoft.ML.OnnxRuntime\" Version=\"1.31.1\" />", "<PackageReference Include=\"Some.Library\" Version=\"99.0.0\" />", StringComparison.Ordinal);
        IEnumerable<string> versions = Regex.Matches(text, "PackageReference (Include=\"[^\"]+\" Version=\"[^\"]+\")").Select(m => $"<PackageVersion {m.Groups[1].Value} />");
        File.WriteAllText(project["Directory.Packages.props"], $"<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup><ItemGroup>{string.Concat(versions)}</ItemGroup></Project>");
        File.WriteAllText(project.ProjectFile, Regex.Replace(text, "(PackageReference Include=\"[^\"]+\") Version=\"[^\"]+\"", "$1"));
        project.MSBuild("-t:Restore").Succeeded();

        Assert.Contains("bert.de.onnx → cuda: float16", project.MSBuild("-t:QuantizeModels").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_profile_of_the_project_is_made_again()
    {
        var project = new ConsumerProject(product, item: ConsumerProject.GoodModel + "Profiles=\"edge\"");
        File.WriteAllBytes(project["models/bert.de.onnx"], TestModels.Perceptron());
        project.WriteTargets("""<ItemGroup><QuantProfile Include="edge" BasedOn="x64-avx2" /></ItemGroup>""");
        project.MSBuild("-t:QuantizeModels").Succeeded();
        byte[] safe = File.ReadAllBytes(Artifact());

        project.WriteTargets("""<ItemGroup><QuantProfile Include="edge" BasedOn="x64-avx2" Saturation="reduced" /></ItemGroup>""");

        Assert.Equal(1, project.MSBuild("-t:QuantizeModels").Succeeded().WorkersStarted);
        Assert.NotEqual(safe, File.ReadAllBytes(Artifact()));
        Assert.Equal(0, project.MSBuild("-t:QuantizeModels").Succeeded().WorkersStarted);

        string Artifact() => Path.Combine(project.Output, "BertDe", "edge.onnx");
    }

    [Fact]
    public void Build_ends_with_what_all_models_add_to_the_app()
    {
        var project = new ConsumerProject(product, item: OneProfile);

        string output = project.Build().Succeeded().Output;

        long embedded = new FileInfo(Path.Combine(project.Output, "BertDe", "x64-vnni.onnx")).Length + new FileInfo(Path.Combine(project.Output, "BertDe", "index.tsv")).Length;
        long whole = new FileInfo(project["models/bert.de.onnx"]).Length;
        Assert.Contains(
            FormattableString.Invariant($"QuantBuildTasks: 1 model, 1 variant in 1 file, {embedded / 1e3:0.0} kB embedded, {(double)embedded / whole:0.00} of the float32 model's {whole / 1e3:0.0} kB"),
            output,
            StringComparison.Ordinal);
    }
}
