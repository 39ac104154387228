using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Recurrent;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;
using QuantBuildTasks.Engine.Validation.Saturation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning.Recurrent;

/// <summary>Which recurrent layers run as integers, and with which scales.</summary>
public sealed class LstmPlanTests
{
    [Theory]
    [InlineData("x64-vnni")]
    [InlineData("x64-avx2")]
    [InlineData("arm64")]
    public void Layer_of_128_units_runs_as_integers_beside_a_layer_that_reads_its_float_result(string profile)
    {
        QuantizedModel quantized = QuantizedModel.Of(
            Lstm(20, 28, 128).Constant("axis", Tensor.Vector(0L)).Node("Squeeze", "h axis -> s").Weight("g", 128, 16).Node("MatMul", "s g -> z").Output("z").Output("y"),
            profile: BuiltInProfiles.All.Single(p => p.Name == profile) with { Costs = null });

        Assert.Equal((NodePrecision.Integer, null), (quantized.Decision("LSTM_y").Precision, quantized.Decision("LSTM_y").Reason));
        Assert.Equal(1, quantized.Plan.IntegerShare);
        Assert.Contains("DynamicQuantizeLSTM", quantized.OptimizedOperators(), StringComparison.Ordinal);
        Assert.Contains("MatMulIntegerToFloat", quantized.OptimizedOperators(), StringComparison.Ordinal);
        Assert.All(quantized.SqnrDb(), db => Assert.InRange(db, 30, 80));
        Assert.Equal(profile == "x64-avx2", !SaturationChecker.Check(quantized.Model).Any());
    }

    [Theory]
    [InlineData("x64-vnni", "measured")]
    [InlineData("x64-avx2", "measured")]
    [InlineData("arm64", "estimated")]
    public void Layer_of_few_units_stays_float_with_the_times_as_the_reason(string profile, string basis)
    {
        HardwareProfile target = BuiltInProfiles.All.Single(p => p.Name == profile);

        NodeDecision small = QuantizedModel.Of(Lstm(20, 16, 16).Output("y"), profile: target).Decision("LSTM_y");
        NodeDecision large = QuantizedModel.Of(Lstm(20, 28, 128).Output("y"), profile: target).Decision("LSTM_y");

        Assert.Equal(NodePrecision.Float32, small.Precision);
        Assert.Matches($@"^float32 is faster here: \d+(\.\d)? µs against \d+(\.\d)? µs {basis}$", small.Reason);
        Assert.Equal((NodePrecision.Integer, null), (large.Precision, large.Reason));
    }

    [Fact]
    public void Layer_that_a_rule_leaves_out_stays_float_with_the_reason()
    {
        HardwareProfile without = BuiltInProfiles.X64Vnni with { Operators = BuiltInProfiles.X64Vnni.Operators.Where(o => o != "LSTM").ToHashSet() };
        OnnxModel computed = new ModelBuilder().Input("x", 20, 1, 64).Input("w", 1, 512, 64).Weight("r", 1, 512, 128).Node("LSTM", "x w r -> y", ("hidden_size", 128)).Output("y").Build();
        OnnxModel gru = new ModelBuilder().Input("x", 20, 1, 64).Weight("w", 1, 384, 64).Weight("r", 1, 384, 128).Node("GRU", "x w r -> y", ("hidden_size", 128)).Output("y").Build();
        OnnxModel batchFirst = Lstm(20, 64, 128, ("layout", 1)).Output("y").Build();

        OnnxModel shared = Lstm(20, 64, 128).Output("y").Node("LSTM", "x w r -> y2", ("hidden_size", 128), ("direction", "reverse")).Output("y2").Build();

        Assert.Equal("kept", QuantizedModel.Of(Lstm(20, 64, 128).Output("y"), _ => "kept").Decision("LSTM_y").Reason);
        Assert.Equal("LSTM has no integer kernel on x64-vnni", Reason(Lstm(20, 64, 128).Build(), without));
        Assert.Equal("its weights are not stored in the model", Reason(computed, BuiltInProfiles.X64Vnni));
        Assert.Equal("GRU has no integer kernel on x64-vnni", Reason(gru, BuiltInProfiles.X64Vnni));
        Assert.Equal("another layer reads its weights too, and its integer kernel would need a copy", OperatorTable.Classify(shared.Graph.Nodes[0], BuiltInProfiles.X64Vnni).Reason);
        Assert.Equal("layout 1, which puts the batch first, has no integer kernel", Reason(batchFirst, BuiltInProfiles.X64Vnni));
    }

    [Fact]
    public void Layer_in_the_body_of_a_loop_that_carries_its_state_needs_no_calibration()
    {
        QuantizedModel quantized = QuantizedModel.Of(new ModelBuilder().Input("x", 20, 1, 64)
            .Constant("n", Tensor.Scalar(3L)).Constant("go", Tensor.Scalar(true)).Weight("h0", 1, 1, 128)
            .Constant("w", Scaled(Random("w", 1, 512, 64), 0.25f)).Constant("r", Scaled(Random("r", 1, 512, 128), 2f / MathF.Sqrt(128)))
            .Node("Loop", "n go h0 -> y", ("body", Body(b => b.Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("h", 1, 1, 128)
                .Node("LSTM", "x w r _ _ h -> _ h2", ("hidden_size", 128)).Node("Identity", "c -> c2").Output("c2", ElementType.Bool).Output("h2"))))
            .Output("y"));

        Assert.Equal((NodePrecision.Integer, null), (quantized.Decision("LSTM__").Precision, quantized.Decision("LSTM__").Reason));
        Assert.All(quantized.SqnrDb(), db => Assert.InRange(db, 20, 80));
    }

    [Theory]
    [InlineData(1, 128, 128, 0.5, 0.92)]
    [InlineData(28, 28, 128, 0.4, 0.7)]
    [InlineData(64, 256, 256, 0.25, 0.45)]
    [InlineData(16, 32, 32, 1.05, 1.4)]
    [InlineData(64, 16, 16, 1.3, 1.8)]
    [InlineData(16, 64, 64, 0.6, 0.95)]
    public void Ratio_of_costs_lies_where_the_kernels_were_measured(int steps, int input, int hidden, double least, double most)
    {
        Node node = Lstm(steps, input, hidden).Output("y").Build().Graph.Nodes.Single();
        CostModel costs = CostModel.Of(BuiltInProfiles.X64Vnni, node.Graph, new ValueSizes());

        Assert.InRange(costs.Int8(node) / costs.Float32(node), least, most);
    }

    [Fact]
    public void Work_counts_what_each_step_reads_of_the_recurrent_weight()
    {
        OnnxModel model = new ModelBuilder().Input("x", 5, 2, 7).Weight("w", 2, 12, 7).Weight("r", 2, 12, 3).Node("LSTM", "x w r -> y", ("hidden_size", 3), ("direction", "bidirectional")).Output("y").Build();

        KernelWork work = KernelWork.Of(model.Graph.Nodes.Single(), new ValueSizes())!.Value;

        Assert.Equal(new KernelWork(KernelKind.Lstm, 2 * 5 * 2 * 12 * 7, 0, 2 * 5 * 2 * 3, 12 * ((2 * 5 * 3) + (2 * 7)), 2 * 5), work);
    }

    [Fact]
    public void Each_direction_has_a_scale_for_each_row_and_safe_ones_hold_the_rule()
    {
        Tensor weight = Random("w", 2, 12, 9);

        RowScales best = RecurrentScales.Of(weight, SaturationRule.None)!;
        RowScales safe = RecurrentScales.Of(weight, SaturationRule.Pairs)!;
        RowScales reduced = RecurrentScales.Of(weight, SaturationRule.ReducedRange)!;

        Assert.All([best, safe, reduced], s => Assert.Equal((24, ElementType.Float16), (s.Scales.Count, s.Type)));
        for (int row = 0; row < 24; row++)
        {
            float[] values = weight.Span<float>().Slice(row * 9, 9).ToArray();
            Assert.True(values.Max(Math.Abs) / reduced.Scales[row] <= 64);
            for (int k = 0; k < 9; k += 2)
            {
                double[] pair = [.. values.Skip(k).Take(2).Select(v => Math.Round(v / safe.Scales[row], MidpointRounding.ToEven))];
                Assert.True(pair.Where(q => q > 0).Sum() <= 128 && pair.Where(q => q < 0).Sum() >= -128);
            }
        }
    }

    [Fact]
    public void Weight_that_is_not_finite_is_refused()
    {
        Assert.Null(RecurrentScales.Of(Tensor.Of([1f, float.NaN, 1f, 1f], 1, 4, 1), SaturationRule.None));
        Assert.Null(RecurrentScales.Of(Tensor.Of([1f, 1f, float.PositiveInfinity, 1f], 1, 4, 1), SaturationRule.Pairs));
    }

    private static string? Reason(OnnxModel model, HardwareProfile profile) => OperatorTable.Classify(model.Graph.Nodes.Single(), profile).Reason;

    private static ModelBuilder Lstm(int steps, int input, int hidden, params (string Name, object Value)[] attributes) =>
        new ModelBuilder().Input("x", steps, 1, input).Weight("w", 1, 4 * hidden, input).Constant("r", Scaled(Random("r", 1, 4 * hidden, hidden), 2f / MathF.Sqrt(hidden)))
            .Node("LSTM", "x w r -> y h", [("hidden_size", hidden), .. attributes]);

    /// <summary>States of trained layers do not run to their ends.</summary>
    private static Tensor Scaled(Tensor tensor, float factor) => Tensor.Of(Array.ConvertAll(tensor.Span<float>().ToArray(), v => v * factor), [.. tensor.Dims]);
}
