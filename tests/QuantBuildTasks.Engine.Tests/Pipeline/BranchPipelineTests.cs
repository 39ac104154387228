using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

/// <summary>The whole way of a model that lies in the branches of an If, as voice detectors for two sample rates do.</summary>
public sealed class BranchPipelineTests : IDisposable
{
    private const int Samples = 12;
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Model_inside_an_If_is_quantized_and_told_which_input_would_settle_the_branch_that_no_sample_takes()
    {
        QuantResult result = Run();

        Diagnostic told = Assert.Single(result.Diagnostics, d => d.Code == Codes.BranchNotTaken);
        Assert.Equal((Severity.Message, "x64-vnni"), (told.Severity, told.Profile));
        Assert.Contains("branch of 'Gemm_slow': its 2 nodes stay float32", told.Text, StringComparison.Ordinal);
        Assert.Contains("PinnedInputs=\"rate=…\"", told.Text, StringComparison.Ordinal);
        QuantVariant variant = Assert.Single(result.Variants);
        Assert.Equal(1, variant.Report.IntegerShare);
        Assert.InRange(variant.Report.SqnrDb, 25, 80);
        Assert.Equal(["Gemm_fast", "Gemm_last"], variant.Report.Layers.Select(l => l.Node).Order(StringComparer.Ordinal));
        Assert.All(variant.Report.Layers, l => Assert.InRange(l.SqnrDb, 20, 80));
    }

    private QuantResult Run()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 32).Input("rate", ElementType.Int64).Constant("sixteen", Tensor.Scalar(16_000L)).Node("Equal", "rate sixteen -> is")
            .Node("If", "is -> y",
                ("then_branch", Body(b => b.Weight("w", 32, 64).Weight("b", 64).Node("Gemm", "x w b -> fast").Node("Tanh", "fast -> t").Weight("v", 64, 8).Node("Gemm", "t v -> last").Output("last"))),
                ("else_branch", Body(b => b.Weight("u", 32, 8).Node("Gemm", "x u -> slow").Node("Neg", "slow -> turned").Output("turned"))))
            .Output("y").Build();
        QuantJob job = _folder.Job(model, 20, ("x", Random("x", Samples, 32)), ("rate", Tensor.Scalar(16_000L))) with
        {
            BatchAxes = new Dictionary<string, int?> { ["rate"] = null },
            Metrics = [new MetricRequest(MetricKind.Sqnr)],
        };
        return JobFolder.Run(job);
    }
}
