using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using QuantBuildTasks.Engine.Rewriting.Rounding;
using QuantBuildTasks.Engine.Validation.Saturation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Rounding;

/// <summary>Three layers one after another; the formats of what stands between are coarse, so that what a layer reads is wrong.</summary>
public sealed class SequentialRoundingTests
{
    private const int Samples = 256;

    [Theory]
    [InlineData("x64-vnni")]
    [InlineData("x64-avx2")]
    public void Later_layers_make_up_for_the_errors_of_earlier_ones(string profile)
    {
        OnnxModel model = Model();
        float[] expected = Run(model);
        OnnxModel nearest = ModelWriter.Copy(model);
        PlanRewriter.Rewrite(nearest, Plan(model, profile));

        OnnxModel rounded = Rounded(model, profile);

        double gain = Noise(expected, Run(rounded)) / Noise(expected, Run(nearest));
        Assert.True(gain < 0.95, $"{gain:0.00} of the noise");
    }

    [Fact]
    public void Pairs_stay_safe_from_saturation() => Assert.Empty(SaturationChecker.Check(Rounded(Model(), "x64-avx2")));

    [Fact]
    public void Same_model_comes_out_whatever_the_number_of_workers()
    {
        OnnxModel model = Model();

        Assert.Equal(ModelWriter.Write(Rounded(model, "x64-vnni", workers: 1)), ModelWriter.Write(Rounded(model, "x64-vnni", workers: 4)));
    }

    [Fact]
    public void Convolution_without_a_bias_gets_one()
    {
        OnnxModel model = Model();
        Assert.Null(model.Graph.Nodes.First(n => n.Is("Conv")).Input(2));

        Assert.NotNull(Rounded(model, "x64-vnni").Graph.Nodes.First(n => n.Is("Conv")).Input(2));
    }

    private static OnnxModel Rounded(OnnxModel model, string profile, int workers = 2)
    {
        OnnxModel rounded = ModelWriter.Copy(model);
        var data = new Dataset([new BoundArray("x", [Data()], 0)], null, [.. Enumerable.Range(0, Samples)], null);
        var rounding = new SequentialRounding(new OrtInference(), new CalibrationOptions { BatchSize = 16, Workers = workers }, TestContext.Current.CancellationToken);
        QuantizationPlan plan = rounding.Apply(rounded, model.Graph, Plan(model, profile), Profile(profile), data, 1 << 20);
        PlanRewriter.Rewrite(rounded, plan);
        return rounded;
    }

    private static OnnxModel Model()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 4, 6, 6).Weight("u", 8, 4, 3, 3).Weight("v", 8, 8, 3, 3).Weight("b", 8).Weight("w", 8, 5).Weight("c", 5)
            .Node("Conv", "x u -> p").Node("Relu", "p -> q").Node("Conv", "q v b -> r").Node("Relu", "r -> s").Node("GlobalAveragePool", "s -> g").Node("Flatten", "g -> f").Node("Gemm", "f w c -> y")
            .Output("y").Build();
        new ShapeInference(new OrtInference()).Apply(model, []);
        return model;
    }

    /// <summary>Ranges many times too wide: steps of about a sixth.</summary>
    private static QuantizationPlan Plan(OnnxModel model, string profile) => Planner.Plan(model.Graph, Profile(profile), _ => (-20, 20), _ => null);

    private static HardwareProfile Profile(string name) => BuiltInProfiles.All.Single(p => p.Name == name) with { Costs = null };

    private static Tensor Data() => Random("data", Samples, 4, 6, 6);

    private static float[] Run(OnnxModel model)
    {
        using IInferenceSession session = new OrtInference().Open(ModelWriter.Store(model), new SessionSettings { Optimization = GraphOptimization.None });
        return session.Run(new Dictionary<string, Tensor> { ["x"] = Data() })[0].Span<float>().ToArray();
    }

    private static double Noise(float[] expected, float[] actual) => expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum();
}
