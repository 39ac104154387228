using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Calibration.Trials;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Calibration.Trials;

public sealed class RangeSimulationTests
{
    private static readonly TrialRange Ones = new(new ValueRange(0, 255), 1, 0);
    private static readonly TrialRange Fours = new(new ValueRange(0, 1020), 4, 0);

    [Fact]
    public void Errors_of_all_values_meet_at_the_results()
    {
        // x = 1.25 → 1; doubled 2 → in steps of 4: 0 (half to even); y = 2.5 in float32, so all of it is noise.
        using RangeSimulation simulation = Simulate(Chain(), 1.25f);

        Assert.Equal(1, simulation.Error(Set(Ones, Fours)).Whole, 1e-6);
        Assert.Equal(0.25 / 6.25, simulation.Error(Set(Ones, Ones)).Whole, 1e-6);
    }

    [Fact]
    public void A_value_that_is_a_result_itself_counts_in_8_bits()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Node("Relu", "x -> y").Node("Neg", "y -> z").Output("y").Output("z").Build();
        using var simulation = new RangeSimulation(new OrtInference(), model, ["y"], All, Data(1.25f));

        Assert.Equal(2 * 0.0625 / 1.5625, simulation.Error(new Dictionary<string, TrialRange> { ["y"] = Ones }).Whole, 1e-6);
    }

    [Fact]
    public void Values_in_branches_are_simulated_and_the_model_stays_as_it_is()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Constant("zero", Tensor.Scalar(0f)).Constant("shape", Tensor.Of<long>([], 0)).Node("ReduceMax", "x -> most", ("keepdims", 0)).Node("Greater", "most zero -> positive")
            .Node("If", "positive -> y",
                ("then_branch", ModelBuilder.Body(b => b.Node("Abs", "x -> inner").Node("Identity", "inner -> t").Output("t"))),
                ("else_branch", ModelBuilder.Body(b => b.Node("Neg", "x -> n").Output("n"))))
            .Output("y").Build();
        byte[] before = ModelWriter.Write(model);
        using var simulation = new RangeSimulation(new OrtInference(), model, ["inner"], All, Data(1.25f));

        Assert.Equal(0.0625 / 1.5625, simulation.Error(new Dictionary<string, TrialRange> { ["inner"] = Ones }).Whole, 1e-6);
        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        float[] values = [.. Enumerable.Range(0, 40).Select(i => i * 1.37f)];
        using var one = new RangeSimulation(new OrtInference(), Chain(), ["x", "doubled"], All, Data(values), 1);
        using var four = new RangeSimulation(new OrtInference(), Chain(), ["x", "doubled"], All, Data(values), 4);

        Assert.Equal(one.Error(Set(Ones, Fours)).Whole, four.Error(Set(Ones, Fours)).Whole);
    }

    [Fact]
    public void Readers_of_float32_read_float32()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 1).Node("Relu", "x -> y").Node("Neg", "y -> z").Output("y").Output("z").Build();
        using var simulation = new RangeSimulation(new OrtInference(), model, ["x", "y"], (value, reader) => value == "y" && reader == "Neg_z", Data(1.25f));

        Assert.Equal(0.0625 / 1.5625, simulation.Error(new Dictionary<string, TrialRange> { ["x"] = Fours, ["y"] = Ones }).Whole, 1e-6);
    }

    private static bool All(string value, string reader) => true;

    private static RangeSimulation Simulate(OnnxModel model, params float[] values) => new(new OrtInference(), model, ["x", "doubled"], All, Data(values), 1);

    private static OnnxModel Chain() => new ModelBuilder().Input("x", "N", 1).Constant("two", Tensor.Scalar(2f)).Node("Mul", "x two -> doubled").Node("Identity", "doubled -> y").Output("y").Build();

    private static Dictionary<string, TrialRange> Set(TrialRange x, TrialRange doubled) => new() { ["x"] = x, ["doubled"] = doubled };

    private static Dataset Data(params float[] values) =>
        new([new BoundArray("x", [Tensor.Of(values, values.Length, 1)], 0)], null, [.. Enumerable.Range(0, values.Length)], null);
}
