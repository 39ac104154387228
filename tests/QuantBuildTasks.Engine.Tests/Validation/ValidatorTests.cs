using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Tests.Validation;

public sealed class ValidatorTests
{
    private const int Exact = 0;
    private const int Negated = 1;
    private const int Rounded = 2;

    private static readonly Dataset Labelled = Data(120, 3, [.. Enumerable.Range(0, 120).Select(i => (long)(i % 3))]);

    [Fact]
    public void The_same_model_twice_loses_nothing()
    {
        ValidationReport report = Validate(Request(Labelled, Exact));

        Assert.Equal((MetricKind.Top1, 0.0, 120), (report.Metric, report.Drop, report.Samples));
        Assert.Equal(report.FloatValue, report.Value);
        Assert.Equal(double.PositiveInfinity, report.SqnrDb);
        Assert.Equal((10, 5, 2.0), (report.FloatBytes, report.ArtifactBytes, report.Compression));
    }

    [Fact]
    public void Top1_is_the_share_of_labels_that_the_largest_output_hits()
    {
        float[] values = ModelBuilder.Random("x", 120, 3).Span<float>().ToArray();
        double expected = Enumerable.Range(0, 120).Count(i => values.AsSpan(i * 3, 3).ToArray().Max() == values[(i * 3) + (i % 3)]) / 120.0;

        ValidationReport report = Validate(Request(Labelled, Negated));

        Assert.Equal(expected, report.FloatValue);
        Assert.NotNull(report.DropInterval);
        Assert.Equal(10 * Math.Log10(1 / 4.0), report.SqnrDb, 1e-9);
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(3, 50)]
    [InlineData(2, 7)]
    public void The_report_does_not_depend_on_workers_nor_shares_on_the_batch_size(int workers, int batchSize)
    {
        ValidationReport expected = Validate(Request(Labelled, Rounded));
        ValidationReport actual = Validate(Request(Labelled, Rounded) with { Workers = workers, BatchSize = batchSize });

        Assert.Equal(expected with { Layers = actual.Layers, Others = actual.Others, Outputs = actual.Outputs, SqnrDb = actual.SqnrDb, Verdict = actual.Verdict }, actual);
        Assert.Equal(expected.SqnrDb, actual.SqnrDb, 1e-9);
        Assert.Equal(expected.Verdict, actual.Verdict);
    }

    [Fact]
    public void Without_labels_a_classifier_is_judged_by_agreement_and_anything_else_by_sqnr()
    {
        Assert.Equal(MetricKind.Agreement, Validate(Request(Data(10, 3, null), Exact)).Metric);

        FakeModel map = FakeModel.Of(v => v, "N", 1, 3);
        Assert.Equal(MetricKind.Sqnr, Validate(Request(Data(10, 3, null), Exact), map, map).Metric);

        FakeModel regression = FakeModel.Of(v => v, "N", 1);
        Assert.Equal(MetricKind.Sqnr, Validate(Request(Data(10, 1, [.. new long[10]]), Exact), regression, regression).Metric);
    }

    [Fact]
    public void Top1_without_labels_is_refused()
    {
        Diagnostic found = Refused(Request(Data(10, 3, null), Exact) with { Metrics = [new MetricRequest(MetricKind.Top1)] });

        Assert.Equal(Codes.LabelsMismatch, found.Code);
        Assert.Contains("there are none", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_without_a_row_for_each_sample_has_sqnr_only()
    {
        var summed = new FakeModel(new ModelPort("y", ElementType.Float32, new Shape(1, 3)), _ => Tensor.Of([1f, 2f, 3f], 1, 3));
        ValidationRequest request = Request(Data(10, 3, null), Exact);

        Assert.Equal(Codes.ModelUnsupported, Refused(request with { Metrics = [new MetricRequest(MetricKind.Cosine)] }, summed, summed).Code);
        Assert.Equal(double.PositiveInfinity, Validate(request with { Metrics = [new MetricRequest(MetricKind.Sqnr)] }, summed, summed).Value);
    }

    [Fact]
    public void Sessions_are_closed_whatever_happens()
    {
        var inference = new FakeInference(FakeModel.Of(v => v, "N", 3), FakeModel.Of(v => -v, "N", 3));
        var subject = new Validator(inference, TimeProvider.System);

        subject.Validate(Request(Labelled, 1) with { Workers = 3 }, TestContext.Current.CancellationToken);
        Assert.Equal(0, inference.OpenSessions);

        Assert.Throws<QuantException>(() => subject.Validate(Request(Data(9, 3, null), 1) with { Metrics = [new MetricRequest(MetricKind.Top1)] }, TestContext.Current.CancellationToken));
        Assert.Throws<QuantException>(() => subject.Validate(Request(Data(9, 3, [.. Enumerable.Repeat(7L, 9)]), 1), TestContext.Current.CancellationToken));
        Assert.Equal(0, inference.OpenSessions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Workers_share_one_session_of_each_model(int workers)
    {
        var inference = new FakeInference(FakeModel.Of(v => v, "N", 3), FakeModel.Of(v => -v, "N", 3));

        new Validator(inference, TimeProvider.System).Validate(Request(Labelled, 1) with { Workers = workers, BatchSize = 10 }, TestContext.Current.CancellationToken);

        Assert.Equal(2, inference.Opened);
    }

    [Fact]
    public void Real_sessions_are_compared_and_timed()
    {
        ModelBuilder Builder(float slope) => new ModelBuilder().Input("x", "N", 3).Constant("slope", Tensor.Scalar(slope)).Node("Mul", "x slope -> y").Output("y");
        byte[] original = Engine.Model.Serialization.ModelWriter.Write(Builder(1).Build());
        byte[] changed = Engine.Model.Serialization.ModelWriter.Write(Builder(1.1f).Build());
        var request = new ValidationRequest { FloatModel = original, Artifact = changed, Data = Labelled, IntegerShare = 0, Metrics = [new MetricRequest(MetricKind.Sqnr)] };

        ValidationReport report = new Validator(new OrtInference(), TimeProvider.System).Validate(request, TestContext.Current.CancellationToken);

        Assert.Equal(20, report.Value, 0.01);
        Assert.True(report.Speedup > 0);
    }

    private static ValidationRequest Request(Dataset data, int candidate) => new()
    {
        FloatModel = FakeInference.File(Exact, 10),
        Artifact = FakeInference.File(candidate, 5),
        Data = data,
        IntegerShare = 0.5,
        MeasureLatency = false,
        DisplayPath = "m.onnx",
    };

    private static Dataset Data(int count, int width, long[]? labels) => new(
        [new BoundArray("x", [ModelBuilder.Random("x", count, width)], 0)],
        labels is null ? null : new BoundArray("labels", [Tensor.Vector(labels)], 0),
        [.. Enumerable.Range(0, count)],
        null);

    private static ValidationReport Validate(ValidationRequest request, params FakeModel[] models)
    {
        FakeModel[] usual = [FakeModel.Of(v => v, "N", 3), FakeModel.Of(v => -v, "N", 3), FakeModel.Of(v => MathF.Round(v * 4) / 4, "N", 3)];
        return new Validator(new FakeInference(models.Length > 0 ? models : usual), TimeProvider.System).Validate(request, TestContext.Current.CancellationToken);
    }

    private static Diagnostic Refused(ValidationRequest request, params FakeModel[] models) =>
        Assert.Throws<QuantException>(() => Validate(request, models)).Diagnostic;
}
