using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Preparation.Pinning;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Tests.Preparation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

/// <summary>A model of two layers, each for one sample rate, in the branches of an If.</summary>
public sealed class PinnedPipelineTests : IDisposable
{
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pinned_model_has_neither_the_input_nor_the_other_branch_and_the_user_file_stays_the_measure()
    {
        QuantJob job = Job() with { PinnedInputs = [new("sr", "16000"), new("N", "1")] };

        QuantResult result = JobFolder.Run(job);

        Assert.DoesNotContain(result.Diagnostics, d => d.Severity == Severity.Error);
        QuantVariant variant = Assert.Single(result.Variants);
        OnnxModel artifact = ModelReader.Read(variant.Artifact);
        Assert.Equal(["x"], artifact.Graph.Inputs.Select(i => i.Name));
        Assert.Equal("[1, 64]", artifact.Graph.Inputs[0].Shape!.ToString());
        Assert.DoesNotContain("If", PassCheck.Operators(artifact));
        Assert.Equal(1, variant.Report.IntegerShare);
        Assert.True(variant.Report.SqnrDb > 25);
        long file = new FileInfo(job.ModelPath).Length;
        Assert.Equal((file, file), (result.FloatBytes, variant.Report.FloatBytes));
        Assert.True(variant.Report.Compression > 6);
    }

    [Fact]
    public void It_is_compared_with_the_float_model_for_the_pinned_value()
    {
        float[][] outputs = [.. new[] { "8000", "16000" }.Select(rate => Output(JobFolder.Run(Job(rate: long.Parse(rate, null)) with { PinnedInputs = [new("sr", rate)] }).Variants[0].Artifact.Graph))];

        Assert.NotEqual(outputs[0], outputs[1]);
    }

    [Fact]
    public void File_that_is_embedded_as_it_is_loses_the_input_and_the_other_branch()
    {
        QuantResult result = JobFolder.Run(Job() with { Precision = Precision.None, PinnedInputs = [new("sr", "16000")] });

        OnnxModel artifact = ModelReader.Read(result.Variants[0].Artifact);
        Assert.Equal(["x"], artifact.Graph.Inputs.Select(i => i.Name));
        Assert.Equal(["Gemm", "Relu", "Gemm"], PassCheck.Operators(artifact));
        Assert.Equal(double.PositiveInfinity, result.Variants[0].Report.SqnrDb);
    }

    [Fact]
    public void Given_file_is_pinned_together_with_its_reference()
    {
        QuantJob job = Job();
        QuantResult result = JobFolder.Run(job with { Precision = Precision.None, ReferencePath = job.ModelPath, ReferenceDisplayPath = "float.onnx", PinnedInputs = [new("sr", "16000")] });

        Assert.Equal(["x"], ModelReader.Read(Assert.Single(result.Variants).Artifact).Graph.Inputs.Select(i => i.Name));
    }

    [Fact]
    public void Report_names_the_pins()
    {
        ReportDocument report = ReportBuilder.Build(JobFolder.Run(Job() with { PinnedInputs = [new("sr", "16000"), new("N", "1")] }));

        Assert.Equal(["sr=16000", "N=1"], report.Settings.PinnedInputs);
        Assert.Contains("Fixed for good: sr=16000, N=1.", System.Text.Encoding.UTF8.GetString(HtmlReport.Write(report)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rs", "16000", Codes.UnknownPin)]
    [InlineData("sr", "fast", Codes.BadPin)]
    public void Wrong_pin_is_a_finding_about_the_model(string name, string value, string code)
    {
        Diagnostic error = Assert.Single(JobFolder.Run(Job() with { PinnedInputs = [new Pin(name, value)] }).Diagnostics);

        Assert.Equal((code, "models/net.onnx"), (error.Code, error.File));
    }

    [Fact]
    public void Pin_that_does_not_suit_the_reference_is_a_finding_about_the_reference()
    {
        QuantJob job = Job();

        QuantResult result = JobFolder.Run(job with { Precision = Precision.None, ReferencePath = job.ModelPath, ReferenceDisplayPath = "float.onnx", PinnedInputs = [new("sr", "fast")] });

        Assert.Equal((Codes.BadPin, "float.onnx"), (Assert.Single(result.Diagnostics).Code, result.Diagnostics[0].File));
    }

    [Fact]
    public void Data_of_another_sample_rate_are_refused() =>
        Assert.Equal(Codes.DataMismatch, Assert.Single(JobFolder.Run(Job(rate: 8000) with { PinnedInputs = [new("sr", "16000")] }).Diagnostics).Code);

    private static float[] Output(byte[] artifact)
    {
        using IInferenceSession session = new VnniInference().Open(artifact, new SessionSettings());
        return session.Run(new Dictionary<string, Tensor> { ["x"] = Random("one", 1, 64) })[0].Span<float>().ToArray();
    }

    private QuantJob Job(long rate = 16000)
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 64).Input("sr", ElementType.Int64)
            .Constant("high", Tensor.Scalar(16000L)).Node("Equal", "sr high -> is_high")
            .Node("If", "is_high -> y", ("then_branch", Layers("t")), ("else_branch", Layers("e"))).Output("y").Build();
        model.Graph.Find("y")!.Shape = new Shape("N", 32);
        return _folder.Job(model, 20, ("x", Random("x", 40, 64)), ("sr", Tensor.Scalar(rate))) with { BatchAxes = new Dictionary<string, int?> { ["sr"] = null } };
    }

    private static Action<ModelBuilder> Layers(string name) => Body(b => b
        .Weight($"{name}_w", 64, 128).Weight($"{name}_b", 128).Node("Gemm", $"x {name}_w {name}_b -> {name}_1").Node("Relu", $"{name}_1 -> {name}_2")
        .Weight($"{name}_v", 128, 32).Weight($"{name}_c", 32).Node("Gemm", $"{name}_2 {name}_v {name}_c -> {name}").Output(name));
}
