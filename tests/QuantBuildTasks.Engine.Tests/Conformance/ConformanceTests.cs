using System.Runtime.CompilerServices;
using QuantBuildTasks.Conformance.Printing;
using QuantBuildTasks.Conformance.Running;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Engine.Tests.Conformance;

/// <summary>What becomes of ONNX's conformance models. Few passes would mean that a test looks at nothing: the package has 1,072 models, of which ONNX Runtime runs 1,003.</summary>
public sealed class ConformanceTests(MeasuredConformance measured) : IClassFixture<MeasuredConformance>
{
    [Fact]
    public void All_models_load_and_save_without_loss() => AssertPasses(f => f.Saved, least: 1000);

    [Fact]
    public void Models_give_the_outputs_that_ship_with_them() => AssertPasses(f => f.Runs, least: 950);

    [Fact]
    public void Models_give_the_same_bits_after_load_and_save() => AssertPasses(f => f.RunsAfterSave, least: 1000);

    [Theory]
    [InlineData(13)]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(23)]
    public void Models_give_the_same_outputs_after_an_upgrade(long target) => AssertPasses(f => f.Upgraded[target], least: 1000);

    [Theory]
    [InlineData("int8, x64-vnni", 35)]
    [InlineData("int8, x64-avx2", 35)]
    [InlineData("float16, cuda", 150)]
    [InlineData("int8-weights", 10)]
    public void Quantized_models_run_near_the_float_model(string made, int least) => AssertPasses(f => f.Quantized[made].Result, least);

    [Fact]
    public void Every_convolution_becomes_an_integer_kernel()
    {
        OperatorCount[] convolutions = [.. measured.Result().Findings.SelectMany(f => f.Quantized[Quantization.Int8].Operators).Where(o => o.Operator == "Conv")];

        Assert.InRange(convolutions.Sum(c => c.Nodes), 30, int.MaxValue);
        Assert.All(convolutions, c => Assert.Equal(c.Nodes, c.Integer));
    }

    [Fact]
    public void The_page_says_what_is_measured()
    {
        ConformanceResult result = measured.Result();
        string page = File.ReadAllText(Path.Combine(Repository(), "docs", "conformance.md"));

        Assert.True(page.Contains(result.Fingerprint, StringComparison.Ordinal), "The models here are not those of docs/conformance.md. Write it anew: dotnet run -c Release --project benchmarks/Conformance -- --page docs/conformance.md");
        Assert.Equal(page, ConformancePage.Render(result));
    }

    private void AssertPasses(Func<ModelFinding, StepResult> step, int least)
    {
        IReadOnlyList<ModelFinding> findings = measured.Result().Findings;

        Assert.Empty(findings.Where(f => step(f).Verdict == Verdict.Fails).Select(f => $"{f.Model}: {step(f).Reason}"));
        Assert.InRange(findings.Count(f => step(f).Verdict == Verdict.Passes), least, int.MaxValue);
    }

    private static string Repository([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../.."));
}
