using System.Collections.Concurrent;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Calibration;

public sealed class CalibratorTests
{
    [Fact]
    public void Inputs_inner_tensors_and_outputs_are_watched_in_one_pass()
    {
        OnnxModel model = Model();

        CalibrationTable table = Calibrate(model, ["x", "doubled", "y", "unknown", "two"], Data(-1f, 2f, 3f, -4f, 0f), new CalibrationOptions { BatchSize = 2 });

        Assert.Equal(new ValueRange(-4, 3), table.Find("x")!.Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(-8, 6), table.Find("doubled")!.Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(0, 6), table.Find("y")!.Range(RangeMethod.MinMax));
        Assert.All(["x", "doubled", "y"], name => Assert.Equal(5, table.Find(name)!.Histogram.Count));
        Assert.All(["unknown", "two"], name => Assert.Null(table.Find(name)));
    }

    [Fact]
    public void A_tensor_in_a_branch_is_watched_on_the_samples_that_take_it()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Constant("two", Tensor.Scalar(2f)).Constant("zero", Tensor.Scalar(0f)).Node("Greater", "x zero -> positive")
            .Node("If", "positive -> y",
                ("then_branch", ModelBuilder.Body(b => b.Node("Mul", "x two -> doubled").Node("Tanh", "doubled -> t").Output("t"))),
                ("else_branch", ModelBuilder.Body(b => b.Node("Neg", "x -> turned").Node("If", "positive -> never",
                    ("then_branch", ModelBuilder.Body(i => i.Node("Abs", "turned -> unseen").Output("unseen"))),
                    ("else_branch", ModelBuilder.Body(i => i.Node("Add", "turned two -> inside").Node("Neg", "inside -> n").Output("n")))).Output("never"))))
            .Output("y").Build();

        CalibrationTable table = Calibrate(model, ["doubled", "turned", "inside", "unseen"], Data(-1f, 2f, 3f, -4f, 0f), new CalibrationOptions { BatchSize = 1 });

        Assert.Equal((2, 4f, 6f), Seen("doubled"));
        Assert.Equal((3, 0f, 4f), Seen("turned"));
        Assert.Equal((3, 2f, 6f), Seen("inside"));
        Assert.Equal(0, table.Find("unseen")!.Histogram.Count);

        (long, float, float) Seen(string name) => (table.Find(name)!.Histogram.Count, table.Find(name)!.Histogram.Min, table.Find(name)!.Histogram.Max);
    }

    [Fact]
    public void A_tensor_in_a_body_is_watched_in_every_turn()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Constant("turns", Tensor.Scalar(3L)).Constant("yes", Tensor.Scalar(true))
            .Node("Loop", "turns yes x -> y", ("body", ModelBuilder.Body(b => b.Input("turn", ElementType.Int64).Input("on", ElementType.Bool).Input("carried", "N", 1)
                .Node("Identity", "on -> go").Node("Add", "carried carried -> grown").Output("go", ElementType.Bool).Output("grown"))))
            .Output("y").Build();

        CalibrationTable table = Calibrate(model, ["carried", "grown"], Data(1f, -3f), new CalibrationOptions { BatchSize = 1 });

        Assert.Equal(new ValueRange(-12, 4), table.Find("carried")!.Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(-24, 8), table.Find("grown")!.Range(RangeMethod.MinMax));
        Assert.Equal(6, table.Find("grown")!.Histogram.Count);
    }

    [Fact]
    public void Where_only_ranges_are_wanted_a_tensor_that_fills_its_bounds_is_looked_at_no_longer()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Constant("low", Tensor.Scalar(-1f)).Constant("high", Tensor.Scalar(6f)).Constant("ten", Tensor.Scalar(10f))
            .Node("Clip", "x low high -> filled").Node("Clip", "x low ten -> open").Node("Add", "filled open -> y").Output("y").Build();

        // One sample in 32 is looked at first: these two.
        float[] values = [-2, 7, .. Enumerable.Range(0, 62).Select(i => i / 7f)];
        var options = new CalibrationOptions { OnlyRanges = true, BatchSize = 2, BoundsOf = t => t == "filled" ? (-1, 6) : t == "open" ? (-1, 10) : null };

        CalibrationTable table = Calibrate(model, ["filled", "open", "y"], Data(values), options);

        Assert.Equal(new ValueRange(-1, 6), table.Find("filled")!.Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(-1, 61 / 7f), table.Find("open")!.Range(RangeMethod.MinMax));
        Assert.Equal(new ValueRange(-2, 6 + (61 / 7f)), table.Find("y")!.Range(RangeMethod.MinMax));
        Assert.True(table.Find("filled")!.Histogram.Count < table.Find("open")!.Histogram.Count);
    }

    [Fact]
    public void Of_many_samples_a_part_is_enough_for_the_numbers_of_a_tensor_that_fills_its_bounds_there()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Constant("low", Tensor.Scalar(-1f)).Constant("high", Tensor.Scalar(1f)).Constant("ten", Tensor.Scalar(10f))
            .Node("Clip", "x low high -> filled").Node("Clip", "x low ten -> open").Node("Add", "filled open -> y").Output("y").Build();
        float[] values = [.. Enumerable.Range(0, 1024).Select(i => (i % 17 / 4f) - 2)];
        string[] tensors = ["filled", "open", "y"];
        CalibrationOptions whole = new() { BatchSize = 2 };

        CalibrationTable expected = Calibrate(model, tensors, Data(values), whole);
        CalibrationTable table = Calibrate(model, tensors, Data(values), whole with { Workers = 2, BoundsOf = t => t == "filled" ? (-1, 1) : t == "open" ? (-1, 10) : null });

        Assert.Equal(expected.Find("filled")!.Observed, table.Find("filled")!.Observed);
        Assert.Equal((1024, 128), (expected.Find("filled")!.Histogram.Count, table.Find("filled")!.Histogram.Count));
        Assert.All(["open", "y"], name =>
        {
            Assert.Equal(expected.Find(name)!.Histogram.Counts.ToArray(), table.Find(name)!.Histogram.Counts.ToArray());
            Assert.Equal(expected.Find(name)!.Average, table.Find(name)!.Average);
        });
    }

    [Fact]
    public void The_model_is_not_changed()
    {
        OnnxModel model = Model();
        byte[] before = ModelWriter.Write(model);

        Calibrate(model, ["doubled"], Data(1f), new CalibrationOptions());

        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Fact]
    public void The_table_does_not_depend_on_the_number_of_workers()
    {
        float[] values = ModelBuilder.Random("values", 1000).Span<float>().ToArray();
        CalibrationTable Table(int workers) =>
            Calibrate(Model(), ["x", "doubled", "y"], Data(values), new CalibrationOptions { BatchSize = 7, Workers = workers });

        CalibrationTable one = Table(1);
        CalibrationTable four = Table(4);

        Assert.All(["x", "doubled", "y"], name =>
        {
            Histogram histogram = one.Find(name)!.Histogram;
            Histogram other = four.Find(name)!.Histogram;
            Assert.Equal(histogram.Counts.ToArray(), other.Counts.ToArray());
            Assert.Equal((histogram.Min, histogram.Max, histogram.BinWidth, histogram.ZeroCount), (other.Min, other.Max, other.BinWidth, other.ZeroCount));
        });
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1L << 30, 2)]
    public void Workers_share_a_session_and_are_no_more_than_memory_allows(long mostBytes, int most)
    {
        var inference = new CountingInference();
        var options = new CalibrationOptions { BatchSize = 1, Workers = 2, MostBytes = mostBytes };

        new Calibrator(inference).Calibrate(Model(), ["doubled"], Data(new float[64]), options, TestContext.Current.CancellationToken);

        Assert.Equal(1, inference.Opened);
        Assert.InRange(inference.Threads.Count, 1, most);
    }

    [Fact]
    public void Tensors_that_are_not_float32_are_left_out()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Node("Cast", "x -> whole", ("to", (int)ElementType.Int64)).Node("Cast", "whole -> y", ("to", (int)ElementType.Float32)).Output("y").Build();

        Assert.Null(Calibrate(model, ["whole"], Data(1f), new CalibrationOptions()).Find("whole"));
    }

    [Fact]
    public void A_tensor_that_becomes_infinite_is_named_with_its_samples()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Node("Exp", "x -> grown").Node("Relu", "grown -> y").Output("y").Build();
        var options = new CalibrationOptions { BatchSize = 2, DisplayPath = "m.onnx" };

        Diagnostic found = Assert.Throws<QuantException>(() => Calibrate(model, ["grown"], Data(0f, 1f, 2f, 1000f), options)).Diagnostic;

        Assert.Equal((Codes.NotFinite, "m.onnx"), (found.Code, found.File));
        Assert.Contains("'grown'", found.Text, StringComparison.Ordinal);
        Assert.Contains("samples 2–3", found.Text, StringComparison.Ordinal);
    }

    private static CalibrationTable Calibrate(OnnxModel model, string[] tensors, Dataset data, CalibrationOptions options) =>
        new Calibrator(new OrtInference()).Calibrate(model, tensors, data, options, TestContext.Current.CancellationToken);

    private static OnnxModel Model() => new ModelBuilder()
        .Input("x", "N", 1)
        .Constant("two", Tensor.Scalar(2f))
        .Node("Mul", "x two -> doubled")
        .Node("Relu", "doubled -> y")
        .Output("y")
        .Build();

    private static Dataset Data(params float[] values) =>
        new([new BoundArray("x", [Tensor.Of(values, values.Length, 1)], 0)], null, [.. Enumerable.Range(0, values.Length)], null);

    /// <summary>Counts the sessions that are opened and the threads that run them.</summary>
    private sealed class CountingInference : IInference
    {
        public int Opened { get; private set; }

        public ConcurrentDictionary<int, bool> Threads { get; } = [];

        public IInferenceSession Open(StoredModel model, SessionSettings settings)
        {
            Opened++;
            return new Session(new OrtInference().Open(model, settings), Threads);
        }

        private sealed class Session(IInferenceSession real, ConcurrentDictionary<int, bool> threads) : IInferenceSession
        {
            public IReadOnlyList<ModelPort> Inputs => real.Inputs;

            public IReadOnlyList<ModelPort> Outputs => real.Outputs;

            public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) => real.Run(inputs);

            public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit)
            {
                threads[Environment.CurrentManagedThreadId] = true;
                real.Run(inputs, visit);
            }

            public void Dispose() => real.Dispose();
        }
    }
}
