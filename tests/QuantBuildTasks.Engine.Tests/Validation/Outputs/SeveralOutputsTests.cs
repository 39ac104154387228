using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Outputs;

namespace QuantBuildTasks.Engine.Tests.Validation.Outputs;

public sealed class SeveralOutputsTests
{
    [Fact]
    public void Each_metric_looks_at_its_output_and_has_a_verdict_of_its_own()
    {
        // 'scores' stays; each number of 'boxes' grows by half: 10·log10(1 ÷ ¼) = 6.02 dB.
        ValidationReport report = Validate(
            Model(1, 1),
            Model(1, 1.5f),
            new MetricRequest(MetricKind.Agreement) { Output = "scores" },
            new MetricRequest(MetricKind.Sqnr) { Output = "boxes" },
            new MetricRequest(MetricKind.Cosine) { Output = "boxes" });

        Assert.Equal((MetricKind.Agreement, "scores", 1.0), (report.Metric, report.Output, report.Value));
        Assert.Equal([("boxes", MetricKind.Sqnr), ("boxes", MetricKind.Cosine)], report.Others.Select(o => (o.Output, o.Result.Kind)));
        Assert.Equal(10 * Math.Log10(4), report.Others[0].Result.Value, 1e-6);
        Assert.StartsWith("boxes: SQNR of the output is 6.0 dB (limit at least 20 dB", report.Others[0].Verdict.Explanation, StringComparison.Ordinal);
        Assert.Equal([GateOutcome.TooFewSamples, GateOutcome.Regressed, GateOutcome.Passed], report.Verdicts.Select(v => v.Outcome));
        Assert.Equal(GateOutcome.Regressed, report.Outcome);
    }

    [Fact]
    public void Without_a_name_the_first_output_is_measured_and_all_are_reported()
    {
        ValidationReport report = Validate(Model(1, 1), Model(1, 1.5f), new MetricRequest(MetricKind.Sqnr));

        Assert.Equal(("scores", double.PositiveInfinity, double.PositiveInfinity), (report.Output, report.Value, report.SqnrDb));
        Assert.Equal(["scores", "boxes"], report.Outputs.Select(o => o.Name));
        Assert.Equal(10 * Math.Log10(4), report.Outputs[1].SqnrDb, 1e-6);
        Assert.Equal(1, report.Outputs[1].Cosine!.Value, 1e-6);
        Assert.StartsWith("SQNR of the output", report.Verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_is_found_by_its_name_wherever_the_candidate_has_it()
    {
        ModelBuilder swapped = new ModelBuilder().Input("x", "N", 3).Constant("a", Tensor.Scalar(1f)).Constant("b", Tensor.Scalar(1f))
            .Node("Mul", "x b -> boxes").Node("Mul", "x a -> scores").Output("boxes").Output("scores");

        ValidationReport report = Validate(Model(1, -1), ModelWriter.Write(swapped.Build()), new MetricRequest(MetricKind.Sqnr));

        Assert.Equal([double.PositiveInfinity, 10 * Math.Log10(1 / 4.0)], report.Outputs.Select(o => Math.Round(o.SqnrDb, 10)), (a, b) => a == b || Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void The_worst_sample_is_named()
    {
        var tally = new OutputTally("y", 4);
        tally.Add(new SampleRange(2, 2), 2, [3, 4, 1, 0], [3, 4, 0.8f, 0.6f]);
        tally.Add(new SampleRange(0, 2), 2, [3, 4, 1, 1], [3, 4.5f, 1, float.NaN]);

        OutputReport report = tally.Report();

        // Cosines 27 ÷ (5·√29.25), 0 for NaN, 1, 0.8.
        Assert.Equal(new SampleValue(1, double.NegativeInfinity), report.WorstSqnrDb);
        Assert.Equal(new SampleValue(1, 0), report.WorstCosine);
        Assert.Equal(((27 / 5.0 / Math.Sqrt(29.25)) + 0 + 1 + 0.8) / 4, report.Cosine!.Value, 1e-7);
        Assert.Equal(1, report.NonFinite);
    }

    [Fact]
    public void What_is_not_finite_is_counted_where_float32_is_finite()
    {
        var tally = new OutputTally("y", 2);
        tally.Add(new SampleRange(0, 1), 1, [1, float.NegativeInfinity, float.NaN, 2], [float.NaN, float.NegativeInfinity, float.NaN, 2]);
        tally.Add(new SampleRange(1, 1), 1, [1, 1, 1, 1], [float.PositiveInfinity, 1, 1, float.NegativeInfinity]);

        Assert.Equal(3, tally.Report().NonFinite);
        Assert.Equal(0, Validate(Model(1, 1), Model(1, 2), new MetricRequest(MetricKind.Sqnr)).NonFinite);
    }

    [Fact]
    public void An_output_without_a_row_for_each_sample_or_of_another_size_has_no_worst_sample()
    {
        var whole = new OutputTally("y", 2);
        whole.Add(new SampleRange(0, 2), 1, [3, 4], [3, 4.5f]);
        Assert.Equal((20, null, null), (Math.Round(whole.Report().SqnrDb, 9), whole.Report().WorstSqnrDb, whole.Report().Cosine));

        var different = new OutputTally("y", 2);
        different.Add(new SampleRange(0, 1), 1, [3, 4], [3, 4]);
        different.AddDifferent();
        Assert.Equal((double.NaN, null), (different.Report().SqnrDb, different.Report().WorstCosine));
    }

    [Fact]
    public void An_output_that_the_model_does_not_have_is_refused_with_those_that_it_has()
    {
        Diagnostic found = Refused(Model(1, 1), Model(1, 1), new MetricRequest(MetricKind.Sqnr) { Output = "boxs" });

        Assert.Equal((Codes.UnknownOutput, "m.onnx"), (found.Code, found.File));
        Assert.Contains("Did you mean 'boxes'? Its outputs are 'scores', 'boxes'.", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_whose_output_has_another_size_is_refused_with_both_sizes()
    {
        byte[] joined = ModelWriter.Write(new ModelBuilder().Input("x", "N", 3).Node("Concat", "x x -> scores", ("axis", 1L)).Output("scores").Build());

        Diagnostic found = Refused(Model(1, 1), joined, new MetricRequest(MetricKind.Sqnr));

        Assert.Equal(Codes.ReferenceMismatch, found.Code);
        Assert.Contains("'scores' is [20, 3] in the float32 model and [20, 6] in the quantized one", found.Text, StringComparison.Ordinal);
    }

    private static byte[] Model(float scores, float boxes) => ModelWriter.Write(new ModelBuilder().Input("x", "N", 3)
        .Constant("a", Tensor.Scalar(scores)).Constant("b", Tensor.Scalar(boxes))
        .Node("Mul", "x a -> scores").Node("Mul", "x b -> boxes").Output("scores").Output("boxes").Build());

    private static ValidationReport Validate(byte[] reference, byte[] candidate, params MetricRequest[] metrics) =>
        new Validator(new OrtInference(), TimeProvider.System).Validate(
            new ValidationRequest
            {
                FloatModel = reference,
                Artifact = candidate,
                Data = new Dataset([new BoundArray("x", [ModelBuilder.Random("x", 20, 3)], 0)], null, [.. Enumerable.Range(0, 20)], null),
                Metrics = metrics,
                IntegerShare = 0,
                MeasureLatency = false,
                DisplayPath = "m.onnx",
            },
            TestContext.Current.CancellationToken);

    private static Diagnostic Refused(byte[] reference, byte[] candidate, params MetricRequest[] metrics) =>
        Assert.Throws<QuantException>(() => Validate(reference, candidate, metrics)).Diagnostic;
}
