using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Tool.Requests;
using QuantBuildTasks.Tool.Requests.Profiles;

namespace QuantBuildTasks.Tool.Tests.Requests.Profiles;

public sealed class ProfileReaderTests
{
    private readonly List<Diagnostic> _findings = [];

    [Fact]
    public void An_item_changes_what_it_names_and_keeps_the_rest()
    {
        HardwareProfile profile = Read("xeon-old", ("BasedOn", "x64-avx2"), ("Saturation", "reduced"), ("IntegerOperators", "-Softmax; -Sigmoid"), ("EmulatorCpu", "Broadwell"));

        Assert.Empty(_findings);
        Assert.Equal(
            BuiltInProfiles.X64Avx2 with { Name = "xeon-old", Saturation = SaturationRule.ReducedRange, Operators = profile.Operators, Emulation = new ProfileEmulation("qemu-x86_64", "Broadwell", "linux-x64") },
            profile);
        Assert.Equal(BuiltInProfiles.X64Avx2.Operators.Except(["Softmax", "Sigmoid"]).Order(), profile.Operators.Order());
    }

    [Fact]
    public void Every_metadata_is_read()
    {
        HardwareProfile profile = Read(
            "jetson.orin",
            ("basedon", "CUDA"),
            ("Architecture", "arm64"),
            ("Features", "DotProd;i8mm"),
            ("Precision", "float16"),
            ("Float16Operators", "Conv;Relu"),
            ("RuntimeIdentifiers", "linux-arm64"),
            ("MinimumRuntimeVersion", "1.32"));

        Assert.Empty(_findings);
        Assert.Equal(("jetson.orin", "arm64", "dotprod|i8mm", "cuda"), (profile.Name, profile.Architecture, profile.Features, profile.ExecutionProvider));
        Assert.Equal("cuda|dotprod|i8mm", profile.Requirements);
        Assert.Equal(["Conv", "Relu"], profile.Operators.Order());
        Assert.True(profile.Serves("linux-arm64"));
        Assert.False(profile.Serves("win-arm64"));
        Assert.Equal(new Version(1, 32), profile.MinimumRuntimeVersion);
        Assert.Null(profile.Emulation);
    }

    [Theory]
    [InlineData("cuda", "x64", "A GPU cannot be emulated.")]
    [InlineData("arm64", "arm64", "arm64 is a Neoverse N1.")]
    public void Processor_that_cannot_be_played_is_refused(string basis, string architecture, string reason)
    {
        Catalog(Item("other", ("BasedOn", basis), ("Architecture", architecture), ("EmulatorCpu", "cortex-a72")));

        Assert.Contains(reason, Assert.Single(_findings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_precision_brings_the_operators_of_that_precision()
    {
        HardwareProfile profile = Read("half", ("BasedOn", "x64-avx2"), ("Precision", "float16"));

        Assert.Empty(_findings);
        Assert.Equal((NumberFormat.Float16, "cpu"), (profile.Format, profile.ExecutionProvider));
        Assert.Contains("LayerNormalization", profile.Operators);
    }

    [Fact]
    public void An_empty_metadata_counts_as_not_written() => Assert.Equal(BuiltInProfiles.X64Vnni.Features, Read("a", ("BasedOn", "x64-vnni"), ("Features", " ")).Features);

    [Theory]
    [InlineData("BasedOn", "", "BasedOn is missing")]
    [InlineData("BasedOn", "x64-avx", "Did you mean 'x64-avx2'?")]
    [InlineData("Architecture", "x86", "Allowed: x64, arm64.")]
    [InlineData("Saturation", "pair", "Did you mean 'pairs'? Allowed: none, pairs, reduced.")]
    [InlineData("Saturation", "none", "their fast kernels saturate")]
    [InlineData("Precision", "int4", "Did you mean 'int8'?")]
    [InlineData("Precision", "bfloat", "Allowed: int8, float16.")]
    [InlineData("IntegerOperators", "Convv", "Did you mean 'Conv'?")]
    [InlineData("IntegerOperators", "Conv;-Gemm", "Write either all operators")]
    [InlineData("Float16Operators", "Conv", "use IntegerOperators")]
    [InlineData("RuntimeIdentifiers", "linux-x64;linux-arm64", "'linux-arm64', whose processors are not x64")]
    [InlineData("MinimumRuntimeVersion", "latest", "for example 1.31.1")]
    [InlineData("MinimumRuntimeVersion", "1.20", "needs 1.31.1")]
    [InlineData("Features", "cuda", "no processor feature")]
    [InlineData("Features", "a b", "no processor feature")]
    [InlineData("Satturation", "pairs", "Did you mean 'Saturation'?")]
    public void A_mistake_is_QBT1024_of_the_profile(string name, string value, string advice)
    {
        Catalog(Item("mine", ("BasedOn", "x64-avx2"), (name, value)));

        Diagnostic finding = Assert.Single(_findings);
        Assert.Equal(("QBT1024", Severity.Error, null, "mine"), (finding.Code, finding.Severity, finding.File, finding.Profile));
        Assert.Contains(advice, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void CUDA_in_int8_is_a_mistake()
    {
        Catalog(Item("mine", ("BasedOn", "cuda"), ("Precision", "int8")));

        Assert.Contains("slower", Assert.Single(_findings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_that_no_app_can_find_out_is_a_warning()
    {
        HardwareProfile profile = Read("mine", ("BasedOn", "x64-avx2"), ("Features", "avx512-vni"));

        Diagnostic finding = Assert.Single(_findings);
        Assert.Equal(("QBT1024", Severity.Warning), (finding.Code, finding.Severity));
        Assert.Contains("Did you mean 'avx512-vnni'?", finding.Text, StringComparison.Ordinal);
        Assert.Equal("avx512-vni", profile.Features);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("-a")]
    [InlineData("a.")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("nul")]
    [InlineData("COM1.a")]
    [InlineData("X64-avx2")]
    public void A_name_that_is_no_file_name_or_taken_is_QBT1024(string name)
    {
        ProfileCatalog catalog = Catalog(Item(name, ("BasedOn", "x64-avx2")));

        Assert.Equal("QBT1024", Assert.Single(_findings).Code);
        Assert.Equal(BuiltInProfiles.All, catalog.All);
    }

    [Fact]
    public void A_name_that_stands_there_twice_is_QBT1024()
    {
        Catalog(Item("mine", ("BasedOn", "x64-avx2")), Item("Mine", ("BasedOn", "x64-avx2")));

        Assert.Contains("Two QuantProfile items", Assert.Single(_findings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_can_name_a_profile_of_the_project_and_gets_it_by_itself_where_it_serves()
    {
        var request = new WorkerRequest
        {
            SchemaVersion = 1,
            ProjectDirectory = "/a",
            OutputDirectory = "/b",
            RuntimeIdentifier = "linux-x64",
            GpuPackage = true,
            Profiles = [Item("mine", ("BasedOn", "x64-avx2"), ("Saturation", "reduced")), Item("phone", ("BasedOn", "arm64"))],
            Models =
            [
                new RequestedModel { Include = "a.onnx", Path = "/a/a.onnx", ClassName = "A", Metadata = new Dictionary<string, string> { ["Profiles"] = "x64-avx2;Mine;phone" } },
                new RequestedModel { Include = "b.onnx", Path = "/a/b.onnx", ClassName = "B" },
            ],
        };

        QuantJob[] jobs = [.. JobSet.Of(request).Jobs.Select(j => j.Job)];

        Assert.Equal(["mine", "x64-avx2", "phone"], jobs[0].Profiles.Select(p => p.Name));
        Assert.Equal(["cuda", "x64-vnni", "mine", "x64-avx2"], jobs[1].Profiles.Select(p => p.Name));
    }

    private HardwareProfile Read(string name, params (string Name, string Value)[] metadata) => Catalog(Item(name, metadata)).All.Single(p => p.Name == name);

    private ProfileCatalog Catalog(params RequestedProfile[] items) => ProfileReader.Read(items, _findings);

    private static RequestedProfile Item(string name, params (string Name, string Value)[] metadata) => new()
    {
        Name = name,
        Metadata = metadata.GroupBy(m => m.Name).ToDictionary(g => g.Key, g => g.Last().Value),
    };
}
