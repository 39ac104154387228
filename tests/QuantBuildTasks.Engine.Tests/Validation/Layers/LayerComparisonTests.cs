using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Layers;

public sealed class LayerComparisonTests
{
    private static readonly ComparedLayer[] Layers = [new("first", "a"), new("second", "b"), new("third", "c")];

    [Fact]
    public void Each_layer_is_charged_with_the_noise_that_it_adds_to_its_inputs()
    {
        // Noise ÷ signal: a 0.01, b 0.05 (adds 0.04), c 0.03 (a and b are its inputs: adds nothing).
        var sums = new Dictionary<string, SignalNoise> { ["a"] = new(100, 1), ["b"] = new(20, 1), ["c"] = new(100, 3) };

        IReadOnlyList<LayerLoss> losses = NoiseBudget.Of(Graph(), Layers, sums);

        Assert.Equal(["second", "first", "third"], losses.Select(l => l.Node));
        Assert.Equal(20, losses[1].SqnrDb, 1e-9);
        Assert.Equal(-10 * Math.Log10(1 - 0.8), losses[0].LossDb, 1e-9);
        Assert.Equal(-10 * Math.Log10(1 - 0.2), losses[1].LossDb, 1e-9);
        Assert.Equal(0, losses[2].LossDb);
    }

    [Fact]
    public void Tensors_that_are_not_compared_are_looked_through()
    {
        // Without b, c's inputs are a by itself and a behind b.
        var sums = new Dictionary<string, SignalNoise> { ["a"] = new(100, 1), ["c"] = new(100, 3) };

        IReadOnlyList<LayerLoss> losses = NoiseBudget.Of(Graph(), [Layers[0], Layers[2]], sums);

        Assert.Equal(["third", "first"], losses.Select(l => l.Node));
        Assert.Equal(-10 * Math.Log10(1 - (2 / 3.0)), losses[0].LossDb, 1e-9);
    }

    [Fact]
    public void A_layer_that_adds_all_noise_loses_the_most_that_is_told_and_no_noise_is_no_loss()
    {
        var one = new Dictionary<string, SignalNoise> { ["a"] = new(100, 1) };
        var none = new Dictionary<string, SignalNoise> { ["a"] = new(100, 0) };
        var drowned = new Dictionary<string, SignalNoise> { ["a"] = new(100, double.NaN) };

        Assert.Equal(40, NoiseBudget.Of(Graph(), [Layers[0]], one)[0].LossDb);
        Assert.Equal(0, NoiseBudget.Of(Graph(), [Layers[0]], none)[0].LossDb);
        Assert.Equal(40, NoiseBudget.Of(Graph(), [Layers[0]], drowned)[0].LossDb);
    }

    [Fact]
    public void Both_models_are_run_and_their_common_tensors_compared()
    {
        byte[] original = ModelWriter.Write(Model(1));
        byte[] changed = ModelWriter.Write(Model(1.1f));
        Dataset data = new([new BoundArray("x", [ModelBuilder.Random("x", 100, 3)], 0)], null, [.. Enumerable.Range(0, 100)], null);

        IReadOnlyList<LayerLoss> losses = new LayerComparison(new OrtInference(), new CalibrationOptions())
            .Compare(original, changed, [.. Layers, new("missing", "nowhere")], data, TestContext.Current.CancellationToken);

        // Only the second layer differs, by a tenth: 20 dB there.
        Assert.Equal(["second", "first", "third"], losses.Select(l => l.Node));
        Assert.Equal(20, losses[0].SqnrDb, 0.01);
        Assert.Equal(40, losses[0].LossDb);
        Assert.Equal(double.PositiveInfinity, losses[1].SqnrDb);
    }

    /// <summary>The batches differ in the sign of their sum; the changed model takes the first branch for both of them, the original for one.</summary>
    [Fact]
    public void Where_quantization_turns_a_condition_over_the_branches_layers_are_compared_on_the_other_samples()
    {
        float[] samples = [.. Enumerable.Range(0, 16).Select(i => i < 8 ? 1f : -1f)];
        Dataset data = new([new BoundArray("x", [Tensor.Of(samples, 16, 1)], 0)], null, [.. Enumerable.Range(0, 16)], null);

        IReadOnlyList<LayerLoss> losses = new LayerComparison(new OrtInference(), new CalibrationOptions())
            .Compare(ModelWriter.Write(Branches(0)), ModelWriter.Write(Branches(-100)), [new("then", "t"), new("else", "e")], data, TestContext.Current.CancellationToken);

        LayerLoss only = Assert.Single(losses);
        Assert.Equal(("then", double.PositiveInfinity), (only.Node, only.SqnrDb));
    }

    private static OnnxModel Branches(float threshold) => new ModelBuilder()
        .Input("x", "N", 1)
        .Constant("threshold", Tensor.Scalar(threshold))
        .Node("ReduceSum", "x -> sum", ("keepdims", 0L))
        .Node("Greater", "sum threshold -> flag")
        .Node(
            "If",
            "flag -> y",
            ("then_branch", ModelBuilder.Body(b => b.Node("Neg", "x -> t").Node("Abs", "t -> u").Output("u"))),
            ("else_branch", ModelBuilder.Body(b => b.Node("Elu", "x -> e").Node("Abs", "e -> v").Output("v"))))
        .Output("y")
        .Build();

    private static Graph Graph() => Model(1).Graph;

    private static OnnxModel Model(float slope) => new ModelBuilder()
        .Input("x", "N", 3)
        .Constant("slope", Tensor.Scalar(slope))
        .Node("Neg", "x -> a")
        .Node("Mul", "a slope -> b")
        .Node("Add", "a b -> c")
        .Output("c")
        .Build();
}
