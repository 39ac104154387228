using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Calibration.Trials;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Tests.Calibration.Trials;

public sealed class RangeTrialTests
{
    private static readonly TrialRange Whole = Range(-255, 0);
    private static readonly TrialRange Both = Range(-128, 127);

    [Fact]
    public void The_error_is_noise_over_signal_at_the_reader()
    {
        // x = 0.25, 1.5 (two samples), in steps of 1: 0 and 2. Doubled: 0.5 → 0, 3 → 4, so (0.25 + 1) / (0.25 + 9).
        OnnxModel model = Model(b => b.Node("Mul", "x two -> y").Output("y"));

        Assert.Equal(1.25 / 9.25, Measure(model, [0.25f, 1.5f], Both)[0], 1e-6);
    }

    [Fact]
    public void What_a_relu_cuts_costs_nothing() =>
        Assert.Equal(0, Measure(Model(b => b.Node("Relu", "x -> r").Node("Mul", "r two -> y").Output("y")), [-100f, 3f], Range(0, 255))[0]);

    [Fact]
    public void What_saturates_a_sigmoid_hardly_costs()
    {
        OnnxModel model = Model(b => b.Node("Sigmoid", "x -> y").Output("y"));

        double[] errors = Measure(model, [-100f, 20f, 0.5f], Range(-16, 16), Range(-100, 100));

        Assert.True(errors[0] < errors[1]);
        Assert.InRange(errors[0], 0, 1e-3);
    }

    [Fact]
    public void A_gate_and_what_it_gates_are_quantized_together()
    {
        // SiLU of 0.5 in steps of 1 is 0 at both factors, so all is noise; one factor alone would leave a half of it.
        OnnxModel model = Model(b => b.Node("Sigmoid", "x -> gate").Node("Mul", "x gate -> y").Output("y"));

        Assert.Equal(1, Measure(model, [0.5f], Range(0, 255))[0], 1e-6);
    }

    [Fact]
    public void In_a_sum_the_larger_operand_forgives_the_smaller()
    {
        OnnxModel alone = Model(b => b.Node("Identity", "x -> y").Output("y"));
        OnnxModel beside = Model(b => b.Constant("large", Tensor.Scalar(1000f)).Node("Add", "x large -> y").Output("y"));

        Assert.True(Measure(beside, [0.25f, 1.5f], Both)[0] < 1e-4 * Measure(alone, [0.25f, 1.5f], Both)[0]);
    }

    [Fact]
    public void Errors_of_several_readers_add_up()
    {
        double one = Measure(Model(b => b.Node("Mul", "x two -> y").Output("y")), [0.25f, 1.5f], Both)[0];
        double two = Measure(Model(b => b.Node("Mul", "x two -> y").Node("Mul", "x two -> z").Output("y").Output("z")), [0.25f, 1.5f], Both)[0];

        Assert.Equal(2 * one, two, 1e-9);
    }

    [Fact]
    public void A_value_that_nothing_reads_counts_by_itself() =>
        Assert.Equal((0.0625 + 0.25) / (0.0625 + 2.25), Measure(Model(b => b.Node("Identity", "x -> y").Output("y")), [0.25f, 1.5f], "y", Both)[0], 1e-6);

    [Fact]
    public void Threads_and_batches_of_the_trial_change_nothing_and_the_model_stays_as_it_is()
    {
        OnnxModel model = Model(b => b.Node("Mul", "x two -> y").Output("y"));
        byte[] before = ModelWriter.Write(model);
        float[] values = [.. Enumerable.Range(0, 50).Select(i => i * 0.37f)];

        double[] one = Measure(model, values, "x", new CalibrationOptions { BatchSize = 3, Workers = 1 }, Both, Whole);
        double[] four = Measure(model, values, "x", new CalibrationOptions { BatchSize = 3, Workers = 4 }, Both, Whole);

        Assert.Equal(one, four);
        Assert.Equal(before, ModelWriter.Write(model));
    }

    private static double[] Measure(OnnxModel model, float[] values, params TrialRange[] ranges) => Measure(model, values, "x", ranges);

    private static double[] Measure(OnnxModel model, float[] values, string value, params TrialRange[] ranges) =>
        Measure(model, values, value, new CalibrationOptions { BatchSize = 2 }, ranges);

    private static double[] Measure(OnnxModel model, float[] values, string value, CalibrationOptions options, params TrialRange[] ranges) =>
        new RangeTrial(new OrtInference()).Measure(
            model, new Dictionary<string, IReadOnlyList<TrialRange>> { [value] = ranges }, Data(values), options, TestContext.Current.CancellationToken)[value];

    private static OnnxModel Model(Action<ModelBuilder> nodes)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "N", 1).Constant("two", Tensor.Scalar(2f));
        nodes(builder);
        OnnxModel model = builder.Build();
        new ShapeInference(new OrtInference()).Apply(model, []);
        return model;
    }

    private static Dataset Data(float[] values) => new([new BoundArray("x", [Tensor.Of(values, values.Length, 1)], 0)], null, [.. Enumerable.Range(0, values.Length)], null);

    private static TrialRange Range(double min, double max) =>
        new(new ValueRange(min, max), (float)((max - min) / 255), (byte)Math.Round(-min * 255 / (max - min), MidpointRounding.ToEven));
}
