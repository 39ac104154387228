using System.Text.Json;

namespace EndToEnd;

public sealed class BuildTests(PackedProduct product)
{
    [Fact]
    public void Model_is_quantized_embedded_and_opened_by_the_app()
    {
        var project = new ConsumerProject(product);

        BuildOutcome built = project.Build().Succeeded();

        Assert.Empty(built.Warnings);
        Assert.Contains("bert.de.onnx → x64-vnni: int8", built.Output, StringComparison.Ordinal);
        Assert.Equal($"variant {Processor.Profile} of models/bert.de.onnx, input image", project.RunApp());
    }

    [Fact]
    public void Pinned_input_is_no_input_of_the_app_and_the_branch_for_other_values_is_not_shipped()
    {
        var project = new ConsumerProject(
            product,
            item: """Include="models/modes.onnx" CalibrationData="data/calibration.npz" ValidationData="data/validation.npz" Metric="sqnr" MaxDrop=">=10" PinnedInputs="mode=1" """);
        byte[] model = TestModels.TwoModes();
        File.WriteAllBytes(project["models/modes.onnx"], model);
        File.WriteAllText(project["Program.cs"], """
            using var session = My.App.QuantModels.Modes.CreateSession();
            System.Console.WriteLine($"{string.Join(' ', session.InputNames)} gives {string.Join(' ', session.OutputNames)}");
            """);

        project.Build().Succeeded();

        Assert.Equal("image gives logits", project.RunApp());
        Assert.All(Directory.GetFiles(project.Output, "*.onnx", SearchOption.AllDirectories), f => Assert.True(new FileInfo(f).Length < model.Length / 3));
    }

    [Fact]
    public void Limit_that_integers_miss_holds_with_a_recipe_that_searches_and_the_report_lists_what_it_tried()
    {
        const string Model = """Include="models/bert.de.onnx" CalibrationData="data/calibration.npz" ValidationData="data/validation.npz" Metric="sqnr" MaxDrop=">=45" Profiles="x64-vnni" """;
        var project = new ConsumerProject(product, item: Model + """Recipe="balanced" """);
        project.Build().FailedWith("QBT3001");

        foreach (string recipe in (string[])["auto", "careful"])
        {
            project.WriteProject($"""{Model} Recipe="{recipe}" """);
            project.Build().Succeeded();

            using var report = JsonDocument.Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(project.Output, "*.json", SearchOption.AllDirectories), f => File.ReadAllText(f).Contains("\"candidates\"", StringComparison.Ordinal))));
            JsonElement search = Assert.Single(report.RootElement.GetProperty("variants").EnumerateArray()).GetProperty("search");
            JsonElement[] candidates = [.. search.GetProperty("candidates").EnumerateArray()];
            Assert.True(candidates.Length > 1);
            Assert.True(candidates[search.GetProperty("taken").GetInt32()].GetProperty("sqnrDb").GetDouble() >= 45);
            Assert.Equal("variant x64-vnni of models/bert.de.onnx, input image", project.RunApp());
        }
    }

    [Fact]
    public void Dots_in_a_file_name_are_no_culture()
    {
        var project = new ConsumerProject(product);

        project.Build().Succeeded();

        Assert.False(Directory.Exists(project["bin/Debug/net10.0/de"]));
    }

    [Fact]
    public void Project_that_treats_warnings_as_errors_builds()
    {
        var project = new ConsumerProject(
            product,
            properties: "<TreatWarningsAsErrors>true</TreatWarningsAsErrors><MSBuildTreatWarningsAsErrors>true</MSBuildTreatWarningsAsErrors><AnalysisLevel>latest-all</AnalysisLevel><GenerateDocumentationFile>true</GenerateDocumentationFile>",
            item: ConsumerProject.GoodModel + "Accessibility=\"public\"");

        project.Build().Succeeded();
    }

    [Fact]
    public void Library_in_an_old_version_of_the_language_builds()
    {
        var project = new ConsumerProject(
            product,
            properties: "<LangVersion>7.3</LangVersion><Nullable>disable</Nullable><OutputType>Library</OutputType><TreatWarningsAsErrors>true</TreatWarningsAsErrors>");
        File.WriteAllText(project["Program.cs"], "class Program { static object Model => My.App.QuantModels.BertDe; }");

        Assert.Empty(project.Build().Succeeded().Warnings);
    }

    [Fact]
    public void Properties_hold_for_a_model_that_is_named_after_the_package_was_imported()
    {
        var project = new ConsumerProject(product, item: "", properties: "<QuantMetric>sqnr</QuantMetric><QuantMaxDrop>&gt;=90</QuantMaxDrop>");
        project.WriteTargets("""<ItemGroup><QuantModel Include="models/bert.de.onnx" CalibrationData="data/calibration.npz" Profiles="x64-vnni" /></ItemGroup>""");

        Assert.Contains("90", project.Build().FailedWith("QBT3001").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_builds_of_one_project_at_once_start_one_worker()
    {
        var project = new ConsumerProject(product);

        // Up to the compiler, which is not made for this.
        BuildOutcome[] both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => project.Build("-t:AddQuantizedModels"))));

        Assert.All(both, built => built.Succeeded());
        Assert.Equal(1, both.Sum(built => built.WorkersStarted));
        Assert.Equal(0, project.Build().Succeeded().WorkersStarted);
        Assert.StartsWith($"variant {Processor.Profile}", project.RunApp(), StringComparison.Ordinal);
    }

    [Fact]
    public void Target_that_assigns_paths_early_does_not_lose_the_models()
    {
        var project = new ConsumerProject(product);
        project.WriteTargets("""<Target Name="Early" BeforeTargets="BeforeBuild" DependsOnTargets="AssignTargetPaths" />""");

        project.Build().Succeeded();

        Assert.StartsWith($"variant {Processor.Profile}", project.RunApp(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_alone_embeds_the_models()
    {
        var project = new ConsumerProject(product);

        project.Build("-t:Compile").Succeeded();

        Assert.Contains("QuantBuildTasks/BertDe/index.tsv", project.Embedded("obj/Debug/net10.0/App.dll"));
    }

    [Theory]
    [InlineData("""<PropertyGroup><PrepareResourcesDependsOn>PrepareResourceNames;ResGen</PrepareResourcesDependsOn><CompileDependsOn>ResolveReferences;_GenerateCompileInputs;BeforeCompile;CoreCompile</CompileDependsOn></PropertyGroup>""", "PrepareResourcesDependsOn")]
    [InlineData("""<Target Name="Tidy" AfterTargets="PrepareResources"><ItemGroup><EmbeddedResource Remove="@(EmbeddedResource)" /></ItemGroup></Target>""", "QuantBuildTasks/BertDe/x64-vnni.onnx")]
    public void Build_that_takes_the_models_away_fails(string targets, string mentioned)
    {
        var project = new ConsumerProject(product);
        project.WriteTargets(targets);

        Assert.Contains(mentioned, project.Build().FailedWith("QBT4002").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_projects_build_at_once()
    {
        string folder = product.NewFolder("Both");
        ConsumerProject[] projects =
        [
            new(product, "First", folder: Directory.CreateDirectory(Path.Combine(folder, "First")).FullName),
            new(product, "Second", folder: Directory.CreateDirectory(Path.Combine(folder, "Second")).FullName),
        ];
        string solution = Path.Combine(folder, "Both.slnx");
        File.WriteAllText(solution, """<Solution><Project Path="First/First.csproj" /><Project Path="Second/Second.csproj" /></Solution>""");
        string log = Path.Combine(folder, "both.binlog");

        (int exitCode, string output) = DotNet.Run(folder, ["build", solution, "--no-restore", "-m:2", $"-bl:{log}", "-tl:off"], product.Packages);

        Assert.Equal(2, BuildOutcome.Read(exitCode, output, log).Succeeded().WorkersStarted);
        Assert.All(projects, p => Assert.StartsWith($"variant {Processor.Profile}", p.RunApp(), StringComparison.Ordinal));
    }

    [Fact]
    public void App_without_native_library_is_told_which_package_to_add()
    {
        var project = new ConsumerProject(product, packages: "");

        BuildOutcome built = project.Build().Succeeded();

        Finding warning = Assert.Single(built.Warnings);
        Assert.Equal("QBT5003", warning.Code);
        Assert.Contains("Add Microsoft.ML.OnnxRuntime", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Switched_off_the_accessor_compiles_and_nothing_is_embedded()
    {
        var project = new ConsumerProject(product);

        BuildOutcome built = project.Build("-p:QuantEnabled=false").Succeeded();

        Assert.Equal(0, built.WorkersStarted);
        Assert.Equal(["QuantModels.g.cs"], Directory.GetFileSystemEntries(project.Output).Select(Path.GetFileName));
    }

    [Fact]
    public void Two_target_frameworks_are_built_beside_each_other()
    {
        var project = new ConsumerProject(product, properties: "<TargetFramework></TargetFramework><TargetFrameworks>net10.0;net8.0</TargetFrameworks><OutputType>Library</OutputType><EnableDefaultCompileItems>false</EnableDefaultCompileItems>");

        BuildOutcome built = project.Build().Succeeded();

        Assert.Equal(2, built.WorkersStarted);
        Assert.Equal(
            File.ReadAllBytes(project["obj/Debug/net8.0/quant/BertDe/x64-vnni.onnx"]),
            File.ReadAllBytes(project["obj/Debug/net10.0/quant/BertDe/x64-vnni.onnx"]));
    }
}
