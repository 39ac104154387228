using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Variants;

/// <summary>The whole way of models with operators that have no integer kernel: their weights are stored as int8 beside what runs as integers.</summary>
public sealed class StoredMixTests : IDisposable
{
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x64-vnni", "int8")]
    [InlineData("x64-avx2", "int8")]
    [InlineData("arm64", "int8")]
    [InlineData("cuda", "float16")]
    public void Model_whose_layers_all_lie_in_branches_gets_smaller_for_every_profile(string profile, string form)
    {
        QuantResult result = JobFolder.Run(Job(InBranches(), profile));

        QuantVariant variant = Assert.Single(result.Variants);
        Assert.True(result.Succeeded);
        Assert.InRange(variant.Report.Compression, 2.5, 4);
        Assert.InRange(variant.Report.SqnrDb, 35, 90);
        Assert.Contains($": {form}, ", ResultLine.Of(result.Job, variant), StringComparison.Ordinal);
    }

    [Fact]
    public void Recurrent_layer_is_stored_as_int8_beside_an_integer_layer()
    {
        QuantResult result = JobFolder.Run(Job(Recurrent(), "x64-vnni"));

        QuantVariant variant = Assert.Single(result.Variants);
        Assert.InRange(variant.Report.Compression, 2.5, 4);
        Assert.Contains(": int8, ", ResultLine.Of(result.Job, variant), StringComparison.Ordinal);
        NodeDecision gru = variant.Plan.Nodes.Single(n => n.OpType == "GRU");
        Assert.Equal(NodePrecision.Float32, gru.Precision);
        Assert.EndsWith("; its weights are stored as int8, it computes in float32", gru.Reason, StringComparison.Ordinal);
        Assert.Equal(NodePrecision.Integer, variant.Plan.Nodes.Single(n => n.OpType == "Gemm").Precision);
        Graph artifact = ModelReader.Read(variant.Artifact).Graph;
        Assert.Equal("Mul", artifact.Nodes.Single(n => n.OpType == "GRU").Input(1)!.Producer!.OpType);
        Assert.Equal("DequantizeLinear", artifact.Nodes.Single(n => n.OpType == "Gemm").Input(1)!.Producer!.OpType);
    }

    [Theory]
    [InlineData("x64-vnni")]
    [InlineData("x64-avx2")]
    public void Recurrent_layer_that_is_faster_in_integers_runs_so_and_keeps_its_bias_as_float16(string profile)
    {
        ModelBuilder model = new ModelBuilder().Input("x", "N", 48).Constant("axis", Tensor.Vector(0L))
            .Constant("time", Tensor.Vector(0L, 12, 4)).Node("Reshape", "x time -> s").Node("Transpose", "s -> t", ("perm", Ints(1, 0, 2)))
            .Weight("w", 1, 512, 4).Weight("r", 1, 512, 128).Weight("b", 1, 1024).Node("LSTM", "t w r b -> _ h", ("hidden_size", 128))
            .Node("Squeeze", "h axis -> y").Output("y");

        QuantResult result = JobFolder.Run(Job(model, profile));

        QuantVariant variant = Assert.Single(result.Variants);
        Assert.True(result.Succeeded);
        Assert.Contains(": int8, ", ResultLine.Of(result.Job, variant), StringComparison.Ordinal);
        Assert.InRange(variant.Report.Compression, 3.4, 4);
        OnnxModel artifact = ModelReader.Read(variant.Artifact);
        Node lstm = artifact.Graph.Nodes.Single(n => n.OpType == "DynamicQuantizeLSTM");
        Assert.Equal(ElementType.Float16, lstm.Input(3)!.Producer!.Input(0)!.Constant?.Type);
        Assert.Equal(1, artifact.Opsets["com.microsoft"]);
        Assert.Equal((NodePrecision.Integer, null), variant.Plan.Nodes.Where(n => n.OpType == "LSTM").Select(n => (n.Precision, n.Reason)).Single());
        KernelCensus census = KernelCensus.Of(new OrtInference(), variant.Artifact, variant.Plan);
        Assert.Equal((1.0, null), (census.IntegerShare, census.Defect));
        QuantVariant stored = Assert.Single(JobFolder.Run(Job(model, profile) with { Precision = Precision.Int8Weights }).Variants);
        Assert.Contains(ModelReader.Read(stored.Artifact).Graph.Nodes, n => n.Is("LSTM"));
    }

    [Fact]
    public void Layer_that_computes_in_float16_stores_its_weights_as_int8_and_its_bias_as_float16()
    {
        QuantVariant variant = Assert.Single(JobFolder.Run(Job(Recurrent(), "cuda")).Variants);

        Node gemm = ModelReader.Read(variant.Artifact).Graph.Nodes.Single(n => n.OpType == "Gemm");
        Node cast = gemm.Input(1)!.Producer!;
        Assert.Equal(("Cast", (long)ElementType.Float16), (cast.OpType, cast.IntAttribute("to", 0)));
        Node product = cast.Input(0)!.Producer!;
        Assert.Equal("Mul", product.OpType);
        Assert.Equal(ElementType.Int8, product.Input(0)!.Producer!.Input(0)!.Constant?.Type);
        Assert.Equal(ElementType.Float16, gemm.Input(2)!.Constant?.Type);
        Assert.Equal(NodePrecision.Float16, variant.Plan.Nodes.Single(n => n.OpType == "Gemm").Precision);
        Assert.Equal("its weights are stored as int8, it computes in float16", variant.Plan.Nodes.Single(n => n.OpType == "Gemm").Reason);
    }

    [Fact]
    public void Layer_that_KeepFloat_names_keeps_its_weights_and_one_left_alone_has_nothing_to_quantize()
    {
        QuantVariant variant = Assert.Single(JobFolder.Run(Job(Recurrent(), "x64-vnni") with { KeepFloat = ["GRU"] }).Variants);
        QuantResult none = JobFolder.Run(Job(Recurrent(), "x64-vnni") with { KeepFloat = ["GRU", "Gemm"] });

        Assert.Equal(ElementType.Float32, ModelReader.Read(variant.Artifact).Graph.Nodes.Single(n => n.OpType == "GRU").Input(1)!.Constant?.Type);
        Assert.Equal("kept by KeepFloat 'GRU'", variant.Plan.Nodes.Single(n => n.OpType == "GRU").Reason);
        Assert.Equal(Codes.NothingToQuantize, Assert.Single(none.Diagnostics).Code);
    }

    [Fact]
    public void Same_bytes_come_out_on_any_number_of_threads_and_for_every_profile_that_stores_alone()
    {
        QuantJob job = Job(InBranches(), "x64-vnni") with { Precision = Precision.Int8Weights };

        byte[][] artifacts = [.. new[] { 1, 2, 3 }.Select(threads => JobFolder.Run(job with { Threads = threads }).Variants[0].Artifact.Graph)];
        byte[] other = JobFolder.Run(job with { Profiles = [BuiltInProfiles.X64Avx2] }).Variants[0].Artifact.Graph;

        Assert.All(artifacts.Append(other), a => Assert.Equal(artifacts[0], a));
    }

    [Fact]
    public void Report_tells_size_on_disk_in_memory_and_load_time_apart()
    {
        QuantResult result = JobFolder.Run(Job(InBranches(), "x64-vnni") with { Precision = Precision.Int8Weights });

        ReportVariant variant = Assert.Single(ReportBuilder.Build(result).Variants);

        // 2 · 48 · 64 weights: three bytes each more than in the file, less the two bytes of each column's scale.
        Assert.Equal(variant.Bytes + (2 * ((48 * 64 * 3) - (64 * 2))), variant.MemoryBytes);
        Assert.True(variant.LoadRatio > 0);
        Assert.Equal(["MatMul_t", "MatMul_e"], variant.StoredWeights.SelectMany(w => w.Nodes));
        Assert.Contains("2 weights as int8, 0 biases as float16", System.Text.Encoding.UTF8.GetString(HtmlReport.Write(ReportBuilder.Build(result))), StringComparison.Ordinal);
    }

    [Fact]
    public void Size_in_memory_is_that_of_the_constants_that_onnx_runtime_computes_with()
    {
        QuantVariant variant = Assert.Single(JobFolder.Run(Job(InBranches(), "x64-vnni") with { Precision = Precision.Int8Weights }).Variants);

        long constants = KernelCensus.Of(new OrtInference(), variant.Artifact, variant.Plan).ConstantBytes;

        // 2 · 48 · 64 float32 weights and the zero that is compared with; the rest of the file is names and operators.
        Assert.Equal((2 * 48 * 64 * 4) + 4, constants);
        Assert.InRange(variant.MemoryBytes - constants, 0, 4096);
        Assert.Contains(": int8-weights, 3.6× smaller (same size in memory), ", ResultLine.Of(Job(InBranches(), "x64-vnni"), variant), StringComparison.Ordinal);
    }

    private static ModelBuilder InBranches() => new ModelBuilder().Input("x", "N", 48).Node("ReduceMax", "x -> m", ("keepdims", 0)).Constant("zero", Tensor.Scalar(0f)).Node("Greater", "m zero -> c")
        .Node(
            "If",
            "c -> y",
            ("then_branch", Body(b => b.Weight("w", 48, 64).Node("MatMul", "x w -> t").Output("t"))),
            ("else_branch", Body(b => b.Weight("v", 48, 64).Node("MatMul", "x v -> e").Output("e"))))
        .Output("y");

    private static ModelBuilder Recurrent() => new ModelBuilder().Input("x", "N", 48)
        .Constant("axis", Tensor.Vector(0L)).Node("Unsqueeze", "x axis -> u").Weight("w", 1, 96, 48).Weight("r", 1, 96, 32).Node("GRU", "u w r -> _ h", ("hidden_size", 32))
        .Node("Squeeze", "h axis -> s").Weight("g", 32, 64).Weight("b", 64).Node("Gemm", "s g b -> y").Output("y");

    private QuantJob Job(ModelBuilder model, string profile) =>
        _folder.Job(model.Build(), 10, ("x", Random("x", 40, 48))) with { Profiles = [BuiltInProfiles.All.Single(p => p.Name == profile) with { Costs = null }] };
}
