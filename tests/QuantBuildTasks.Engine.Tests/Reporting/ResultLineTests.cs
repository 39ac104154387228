using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Tests.Reporting;

public sealed class ResultLineTests
{
    [Fact]
    public void Line_names_file_profile_size_metric_and_speed() => Assert.Equal(
        "fashion.onnx → x64-vnni: int8, 3.9× smaller, top-1 91.6 % (float32 91.7 %, drop 0.1 ± 0.2), 1.9× faster",
        ResultLine.Of(SampleResult.Job(), SampleResult.Variant()));

    [Fact]
    public void Folder_is_left_out_whichever_slash_the_project_uses() => Assert.StartsWith(
        "fashion.onnx →", ResultLine.Of(SampleResult.Job(@"models\fashion.onnx"), SampleResult.Variant()), StringComparison.Ordinal);

    [Fact]
    public void Speed_is_left_out_where_it_was_not_measured() =>
        Assert.EndsWith("± 0.2)", Line(SampleResult.Report() with { Speedup = null }), StringComparison.Ordinal);

    [Theory]
    [InlineData(0.5, "2.0× slower")]
    [InlineData(1.02, "same speed")]
    [InlineData(0.98, "same speed")]
    public void Speed_below_one_is_said_as_slower(double speedup, string expected) =>
        Assert.EndsWith(", " + expected, Line(SampleResult.Report() with { Speedup = speedup }), StringComparison.Ordinal);

    [Fact]
    public void Artifact_that_grew_is_said_to_be_larger() =>
        Assert.Contains(" 2.0× larger,", Line(SampleResult.Report() with { FloatBytes = 100, ArtifactBytes = 200 }), StringComparison.Ordinal);

    [Fact]
    public void Basis_other_than_native_is_named() =>
        Assert.EndsWith(", emulated", Line(SampleResult.Report() with { Basis = "emulated" }), StringComparison.Ordinal);

    [Theory]
    [InlineData((int)MetricKind.Agreement, 0.9912, "agreement 99.1 %")]
    [InlineData((int)MetricKind.Cosine, 0.99871, "cosine 0.9987")]
    [InlineData((int)MetricKind.Sqnr, 32.14, "SQNR 32.1 dB")]
    [InlineData((int)MetricKind.Sqnr, double.PositiveInfinity, "SQNR ∞ dB")]
    public void Metric_that_compares_with_the_float_model_has_one_value(int metric, double value, string expected) => Assert.Equal(
        expected,
        ResultLine.Metric(SampleResult.Report() with { Metric = (MetricKind)metric, Value = value, FloatValue = double.NaN, DropInterval = null }));

    [Fact]
    public void Tiny_gain_is_not_minus_zero() => Assert.Contains(
        "drop 0.0 ±", ResultLine.Metric(SampleResult.Report() with { Drop = -0.0001 }), StringComparison.Ordinal);

    [Fact]
    public void Plan_with_float16_nodes_is_float16() =>
        Assert.Equal("float16", ResultLine.Precision(SampleResult.Plan(precision: NodePrecision.Float16)));

    [Fact]
    public void Plan_without_integer_nodes_is_float32() =>
        Assert.Equal("float32", ResultLine.Precision(SampleResult.Plan(precision: NodePrecision.Float32)));

    private static string Line(ValidationReport report) => ResultLine.Of(SampleResult.Job(), SampleResult.Variant(report: report));
}
