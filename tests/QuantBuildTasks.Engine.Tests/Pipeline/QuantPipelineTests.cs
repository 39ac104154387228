using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Metrics;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

/// <summary>The whole way on a small classifier whose float model is always right: its labels are its own answers.</summary>
public sealed class QuantPipelineTests : IDisposable
{
    private const int Samples = 40;
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classifier_passes_and_gets_smaller()
    {
        QuantResult result = JobFolder.Run(Job());

        Assert.All(result.Diagnostics, d => Assert.Equal(Codes.Slower, d.Code));
        QuantVariant variant = Assert.Single(result.Variants);
        Assert.Equal(MetricKind.Top1, variant.Report.Metric);
        Assert.Equal(1, variant.Report.FloatValue);
        Assert.InRange(variant.Report.Value, 0.9, 1);
        Assert.True(variant.Report.SqnrDb > 25);
        Assert.True(variant.Report.Compression > 2);
        Assert.Equal(1, variant.Report.IntegerShare);
        Assert.Equal("native", variant.Report.Basis);
    }

    [Fact]
    public void Same_inputs_give_the_same_bytes_on_any_number_of_threads()
    {
        QuantJob job = Job();

        byte[][] artifacts = [.. new[] { 1, 1, 2, 3 }.Select(threads => JobFolder.Run(job with { Threads = threads }).Variants[0].Artifact.Graph)];

        Assert.All(artifacts, a => Assert.Equal(artifacts[0], a));
    }

    [Fact]
    public void Limit_that_is_not_held_is_an_error_that_names_values_samples_layers_and_a_way_out()
    {
        QuantResult result = JobFolder.Run(Job() with { Metrics = [new MetricRequest(MetricKind.Sqnr) { MaxDrop = new MaxDrop(MaxDropKind.Absolute, 90) }], Recipe = Recipe.Fast });

        Diagnostic error = Assert.Single(result.Diagnostics, d => d.Code != Codes.Slower);
        Assert.Equal((Codes.AccuracyRegressed, Severity.Error, "x64-vnni", "models/net.onnx"), (error.Code, error.Severity, error.Profile, error.File));
        Assert.Contains("limit at least 90", error.Text, StringComparison.Ordinal);
        Assert.Contains("40 samples", error.Text, StringComparison.Ordinal);
        Assert.Contains("Most of it comes from ", error.Text, StringComparison.Ordinal);
        Assert.Contains("Try Recipe=\"balanced\", or more than 40 calibration samples, or Precision=\"int8-weights\", which is as small and computes in float32, or KeepFloat=", error.Text, StringComparison.Ordinal);
        Assert.False(result.Succeeded);
        Assert.Single(result.Variants);
    }

    [Fact]
    public void Layers_are_compared_and_those_that_lose_most_come_first()
    {
        IReadOnlyList<LayerLoss> layers = JobFolder.Run(Job()).Variants[0].Report.Layers;

        Assert.Equal(["Conv_c", "Conv_e", "Gemm_y", "GlobalAveragePool_g"], layers.Select(l => l.Node).Order(StringComparer.Ordinal));
        Assert.Equal(layers.OrderByDescending(l => l.LossDb).Select(l => l.Node), layers.Select(l => l.Node));
    }

    [Fact]
    public void Variant_is_kept_where_its_layers_cannot_be_compared()
    {
        QuantResult result = new QuantPipeline(new NoUnfusedArtifacts(), JobFolder.Vnni).Run(Job(), null, CancellationToken.None);

        QuantVariant variant = Assert.Single(result.Variants);
        Assert.Empty(variant.Report.Layers);
        Diagnostic finding = Assert.Single(result.Diagnostics, d => d.Code == Codes.ModelUnsupported);
        Assert.Equal((Severity.Message, "x64-vnni"), (finding.Severity, finding.Profile));
        Assert.EndsWith("It is too large.", finding.Text, StringComparison.Ordinal);
        Assert.True(result.Succeeded);
    }

    [Theory]
    [InlineData("x64", "has neither avx512-vnni nor avx-vnni")]
    [InlineData("arm64", "is not x64")]
    public void Host_that_is_none_of_the_profiles_measures_accuracy_alone_and_says_how(string architecture, string reason)
    {
        QuantJob job = Job() with { MaxLatencyRatio = 1e-6 };

        QuantResult result = JobFolder.Run(job, new HostProcessor(architecture, []));

        ValidationReport report = Assert.Single(result.Variants).Report;
        Assert.Equal(("exact kernels", null), (report.Basis, report.Speedup));
        Diagnostic finding = Assert.Single(result.Diagnostics);
        Assert.Equal((Codes.CannotMeasureHere, Severity.Message, "x64-vnni"), (finding.Code, finding.Severity, finding.Profile));
        Assert.Contains(reason, finding.Text, StringComparison.Ordinal);
        Assert.Contains("MaxLatencyRatio not judged", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("w", true, "opens another profile's model")]
    [InlineData("v", false, "opens the model in the same way")]
    public void Weight_that_two_layers_read_is_for_processors_with_VNNI_alone(string second, bool needsVnni, string inAnApp)
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 8, 6, 6).Weight("w", 8, 8, 3, 3).Weight("v", 8, 8, 3, 3)
            .Node("Conv", "x w -> a").Node("Relu", "a -> r").Node("Conv", $"r {second} -> y").Output("y").Build();

        QuantResult result = JobFolder.Run(_folder.Job(model, 20, ("x", Random("x", Samples, 8, 6, 6))) with { Recipe = Recipe.Fast }, new HostProcessor("x64", []));

        Assert.Equal(needsVnni, Assert.Single(result.Variants).NeedsVnni);
        Assert.Contains(inAnApp, Assert.Single(result.Diagnostics, d => d.Code == Codes.CannotMeasureHere).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-6, 1)]
    [InlineData(null, 0)]
    public void Time_limit_that_cannot_be_judged_where_a_proof_stands_in_is_told(double? limit, int findings)
    {
        QuantJob job = Job() with { Profiles = [BuiltInProfiles.X64Avx2], MaxLatencyRatio = limit };

        QuantResult result = JobFolder.Run(job);

        Assert.Equal("proved", Assert.Single(result.Variants).Report.Basis);
        Assert.Equal(Enumerable.Repeat((Codes.CannotMeasureHere, Severity.Message), findings), result.Diagnostics.Select(d => (d.Code, d.Severity)));
        Assert.All(result.Diagnostics, d => Assert.Contains("MaxLatencyRatio not judged", d.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_validation_data_one_calibration_sample_of_five_is_set_aside()
    {
        QuantResult result = JobFolder.Run(Job() with { ValidationData = [] });

        Assert.Equal(Codes.ValidationFromCalibration, Assert.Single(result.Diagnostics, d => d.Severity == Severity.Message && d.Code is not (Codes.TooFewSamples or Codes.Slower)).Code);
        Assert.Equal(Samples / 5, result.Variants[0].Report.Samples);
    }

    [Fact]
    public void Size_and_time_limits_have_their_own_errors()
    {
        QuantResult result = JobFolder.Run(Job() with { MinCompression = 1000, MaxLatencyRatio = 1e-6 });

        Assert.Equal([Codes.TooLarge, Codes.TooSlow], result.Diagnostics.Select(d => d.Code));
    }

    [Fact]
    public void Kept_nodes_stay_float_and_patterns_that_match_nothing_are_told()
    {
        QuantResult result = JobFolder.Run(Job() with { KeepFloat = ["Gemm", "Conv_?", "nothing*"], Metrics = [new MetricRequest { MaxDrop = new MaxDrop(MaxDropKind.Points, 1) }] });

        Assert.Equal([Codes.NothingToQuantize, Codes.UnusedPattern], result.Diagnostics.Select(d => d.Code));
        Assert.Contains("nothing*", result.Diagnostics[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_kept_by_type_has_that_reason_in_the_plan()
    {
        QuantizationPlan plan = JobFolder.Run(Job() with { KeepFloat = ["Gemm"] }).Variants[0].Plan;

        Assert.Equal("kept by KeepFloat 'Gemm'", plan.Nodes.Single(n => n.OpType == "Gemm").Reason);
        Assert.InRange(plan.IntegerShare, 0.5, 0.999);
    }

    [Fact]
    public void Matrix_product_kept_by_type_does_not_become_a_Gemm_that_no_pattern_matches()
    {
        QuantJob job = Job();
        File.WriteAllBytes(job.ModelPath, ModelWriter.Write(new ModelBuilder().Input("x", "N", 4, 8, 8)
            .Weight("w", 16, 4, 3, 3).Node("Conv", "x w -> c").Node("GlobalAveragePool", "c -> g").Node("Flatten", "g -> f")
            .Weight("u", 16, 5).Weight("t", 5).Node("MatMul", "f u -> m").Node("Add", "m t -> y").Output("y").Build()));

        QuantResult result = JobFolder.Run(job with { KeepFloat = ["MatMul"], Metrics = [new MetricRequest { MaxDrop = new MaxDrop(MaxDropKind.Points, 100) }] });

        Assert.DoesNotContain(result.Diagnostics, d => d.Code == Codes.UnusedPattern);
        Assert.Equal("kept by KeepFloat 'MatMul'", result.Variants[0].Plan.Nodes.Single(n => n.OpType == "MatMul").Reason);
    }

    [Fact]
    public void Missing_model_is_a_finding_with_the_users_path()
    {
        Diagnostic error = Assert.Single(JobFolder.Run(Job() with { ModelPath = _folder["none.onnx"] }).Diagnostics);

        Assert.Equal((Codes.ModelNotFound, "models/net.onnx"), (error.Code, error.File));
    }

    [Fact]
    public void Data_that_does_not_fit_is_a_finding()
    {
        string wrong = _folder.Write("wrong.npz", ("x", Random("x", 4, 3, 8, 8)));

        Assert.Equal(Codes.DataMismatch, Assert.Single(JobFolder.Run(Job() with { CalibrationData = [wrong] }).Diagnostics).Code);
    }

    [Fact]
    public void Model_of_an_old_operator_set_is_brought_to_one_that_can_be_quantized()
    {
        QuantResult result = JobFolder.Run(Job(opset: 11));

        Assert.True(result.Succeeded);
        Assert.Equal(1, Assert.Single(result.Variants).Report.IntegerShare);
        Assert.Equal(13, ModelReader.Read(result.Variants[0].Artifact).Opset);
    }

    [Fact]
    public void Cancelled_job_throws()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => new QuantPipeline(new OrtInference()).Run(Job(), null, cancelled.Token));
    }

    [Fact]
    public void Layers_in_functions_are_quantized_and_kept_float_by_the_name_of_their_call()
    {
        QuantJob job = Job();
        File.WriteAllBytes(job.ModelPath, ModelWriter.Write(new ModelBuilder()
            .Function("Block", "a w -> r", f => f.Node("Conv", "a w -> c").Node("Relu", "c -> r"))
            .Input("x", "N", 4, 8, 8).Weight("w", 16, 4, 3, 3).Call("Block", "x w -> d").Weight("v", 16, 16, 3, 3).Call("Block", "d v -> e")
            .Node("GlobalAveragePool", "e -> g").Node("Flatten", "g -> f").Weight("u", 5, 16).Weight("t", 5).Node("Gemm", "f u t -> y", ("transB", 1)).Output("y").Build()));

        QuantResult result = JobFolder.Run(job with { KeepFloat = ["Block_e/*"], Metrics = [new MetricRequest { MaxDrop = new MaxDrop(MaxDropKind.Points, 100) }] });

        QuantizationPlan plan = result.Variants[0].Plan;
        Assert.Equal(NodePrecision.Integer, plan.Nodes.Single(n => n.Node == "Block_d/Conv_c").Precision);
        Assert.Equal("kept by KeepFloat 'Block_e/*'", plan.Nodes.Single(n => n.Node == "Block_e/Conv_c").Reason);
    }

    private QuantJob Job(long opset = 17)
    {
        OnnxModel model = new ModelBuilder(opset).Input("x", "N", 4, 8, 8)
            .Weight("w", 16, 4, 3, 3).Weight("b", 16).Node("Conv", "x w b -> c").Node("Relu", "c -> d")
            .Weight("v", 16, 16, 3, 3).Node("Conv", "d v -> e").Node("GlobalAveragePool", "e -> g").Node("Flatten", "g -> f")
            .Weight("u", 5, 16).Weight("t", 5).Node("Gemm", "f u t -> y", ("transB", 1)).Output("y").Build();
        byte[] bytes = ModelWriter.Write(model);
        Tensor images = Random("images", Samples, 4, 8, 8);
        using IInferenceSession session = new OrtInference().Open(bytes, new SessionSettings());
        float[] scores = session.Run(new Dictionary<string, Tensor> { ["x"] = images })[0].Span<float>().ToArray();
        long[] labels = [.. scores.Chunk(5).Select(row => (long)Array.IndexOf(row, row.Max()))];
        return _folder.Job(model, 20, ("x", images), ("labels", Tensor.Vector(labels))) with { Metrics = [new MetricRequest { MaxDrop = new MaxDrop(MaxDropKind.Points, 0.2) }] };
    }

    /// <summary>Refuses quantized models whose conversions are not fused, as only the comparison of layers opens them.</summary>
    private sealed class NoUnfusedArtifacts : IInference
    {
        private readonly OrtInference _real = new();

        public IInferenceSession Open(StoredModel model, SessionSettings settings) =>
            settings.Configuration.ContainsKey("session.disable_quant_qdq")
                ? throw QuantException.Error(Codes.ModelUnsupported, "It is too large.")
                : _real.Open(model, settings);
    }
}
