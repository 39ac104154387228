using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Equivalence;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Random graphs the whole way: what comes out runs, and gives numbers.</summary>
public sealed class QuantizationPropertyTests
{
    [Theory]
    [InlineData("x64-vnni", true)]
    [InlineData("x64-vnni", false)]
    [InlineData("x64-avx2", false)]
    [InlineData("cuda", true)]
    public void Quantized_graphs_run_optimized_or_not_and_give_finite_numbers(string profile, bool weighsCosts) => RandomRuns.Sample(40, 7, 21, program =>
    {
        OnnxModel model = Prepared(program);
        Dictionary<string, (double Min, double Max)> ranges = Ranges(model);
        HardwareProfile target = BuiltInProfiles.All.Single(p => p.Name == profile);
        target = weighsCosts ? target : target with { Costs = null };
        HashSet<string> calibrated = [.. Planner.ValuesToCalibrate(model.Graph, target, _ => null, _ => null).Select(v => v.Name)];
        QuantizationPlan plan = Planner.Plan(
            model.Graph, target, v => calibrated.Contains(v.Name) ? ranges.GetValueOrDefault(v.Name, (-4, 4)) : throw new InvalidOperationException($"'{v.Name}' was not to be calibrated."), _ => null);
        Assert.All(RoundedValuesOf(plan, model.Graph), name => Assert.Contains(name, calibrated));
        OnnxModel before = ModelReader.Read(ModelWriter.Write(model));
        PlanRewriter.Rewrite(model, plan);
        AssertRuns(before, model);
    });

    private static IReadOnlyList<string> RoundedValuesOf(QuantizationPlan plan, Graph graph) => plan.Format == NumberFormat.Integer8 ? RoundedValues.Of(plan, graph).Names : [];

    [Fact]
    public void Graphs_with_stored_weights_run_and_give_finite_numbers() => RandomRuns.Sample(40, 7, 21, program =>
    {
        OnnxModel model = Prepared(program);
        OnnxModel before = ModelReader.Read(ModelWriter.Write(model));
        new StoredWeightRewriter(model, StoredWeights.Of(model.Graph, _ => WeightReader.Float)).Rewrite();
        AssertRuns(before, model);
    });

    private static OnnxModel Prepared(GraphProgram program) =>
        ModelReader.Read(ModelWriter.Write(new Preparer(new OrtInference()).Run(RandomModel.Build(program)).Model));

    private static void AssertRuns(OnnxModel before, OnnxModel model)
    {
        foreach (GraphOptimization level in new[] { GraphOptimization.None, GraphOptimization.All })
        {
            if (!IsTaken(before, level))
            {
                continue;
            }

            foreach ((IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual) in RandomResults.Run(before).Zip(RandomResults.Run(model, level)))
            {
                Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
                foreach ((string name, Tensor tensor) in expected)
                {
                    Assert.Equal(tensor.ToString(), actual[name].ToString());
                    Assert.True(OutputDifference.IsFinite(actual[name]) || !OutputDifference.IsFinite(tensor), $"'{name}' is not finite at optimization {level}.");
                }
            }
        }
    }

    /// <summary>ONNX Runtime 1.31.1 optimizes some float models into invalid ones: a constant If in a branch of a constant If, whose result its neighbours read.</summary>
    private static bool IsTaken(OnnxModel model, GraphOptimization level)
    {
        try
        {
            new OrtInference().Open(ModelWriter.Write(model), new SessionSettings { Optimization = level }).Dispose();
            return true;
        }
        catch (QuantException) when (level != GraphOptimization.None)
        {
            return false;
        }
    }

    /// <summary>Smallest and largest number of every value of the main graph.</summary>
    private static Dictionary<string, (double Min, double Max)> Ranges(OnnxModel model)
    {
        var ranges = RandomModel.Inputs(flag: false).Where(i => i.Value.Type == ElementType.Float32).ToDictionary(i => i.Key, i => RangeOf(i.Value));
        foreach ((string name, Tensor tensor) in RandomResults.Run(RandomResults.Exposed(model), GraphOptimization.None).SelectMany(r => r).Where(o => o.Value.Type == ElementType.Float32 && o.Value.Length > 0))
        {
            (double min, double max) = RangeOf(tensor);
            ranges[name] = ranges.TryGetValue(name, out (double Min, double Max) seen) ? (Math.Min(seen.Min, min), Math.Max(seen.Max, max)) : (min, max);
        }

        return ranges;
    }

    private static (double Min, double Max) RangeOf(Tensor tensor)
    {
        float[] values = tensor.Span<float>().ToArray();
        return (values.Min(), values.Max());
    }
}
