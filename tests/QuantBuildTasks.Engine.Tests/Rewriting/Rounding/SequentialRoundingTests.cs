using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
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

/// <summary>Layers one after another; the formats of what stands between are coarse, so that what a layer reads is wrong.</summary>
public sealed class SequentialRoundingTests
{
    private const int Samples = 256;

    /// <summary>
    /// Eight independent channels in 0.6…0.9 that steps of 1 all round to 1: their errors d have the mean −0.25, and add up in what sums them. With the mean taken off, what varies is left:
    /// about 8·0.3²/12 of 8²·0.25².
    /// </summary>
    [Theory]
    [InlineData("x64-vnni")]
    [InlineData("x64-avx2")]
    public void Mean_errors_that_add_up_over_the_inputs_of_a_layer_are_taken_off(string profile)
    {
        float[] x = Array.ConvertAll(Random("levels", Samples, 8).Span<float>().ToArray(), v => MathF.Round(191 + (38 * v)) / 255);
        double[] errors = [.. x.Chunk(8).Select(row => row.Sum(v => (double)v - Math.Round(v)))];

        (double nearest, double rounded) = TwoLayers(profile, Tensor.Of(x, Samples, 8), Identity(8), 1, steps: 1, (0, 10));

        // Weights that are safe from saturation have steps of 2/127: 1 is 64 of them, 1 % too much.
        Assert.Equal(errors.Sum(e => e * e), nearest, 0.07 * nearest);
        Assert.Equal(errors.Sum(e => Math.Pow(e - errors.Average(), 2)), rounded, 0.02 * rounded);
        Assert.True(rounded < nearest / 50, $"{rounded} after {nearest}");
    }

    /// <summary>
    /// x uniform in 0…1, in 32 channels that all end at ½: x̂ = min(x, ½) has the variance v = 5/192, its covariance with x is 1/24 and with what is missing, d = x − x̂, 1/64. For the mean of the channels
    /// u = 1 + 1/64 · 32/(32·v + v) = 1 + 0.6 · 32/33, and of E[d²] = 1/24 the variance of x − u·x̂, 1/12 − 2u/24 + u²·v, is left: 0.4.
    /// </summary>
    [Theory]
    [InlineData("x64-vnni")]
    [InlineData("x64-avx2")]
    public void Weights_grow_where_the_range_of_their_input_cuts_it(string profile)
    {
        const double u = 1 + (0.6 * 32 / 33);
        float[] ones = [.. Enumerable.Repeat(1f, 32)];
        Tensor x = Tensor.Of([.. Enumerable.Range(0, Samples).Select(i => i / 255f)], Samples, 1);

        (double nearest, double rounded) = TwoLayers(profile, x, Tensor.Of(ones, 1, 32), 1 / 32f, steps: 0.5f / 255, (-1, 2));

        Assert.Equal(Samples / 24.0, nearest, 0.03 * nearest);
        Assert.Equal(Samples * ((1 / 12.0) - (u / 12) + (u * u * 5 / 192)), rounded, 0.03 * rounded);
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

    /// <summary>Noise in Σ w·h of h = W·x with 8-bit h, rounded to nearest and in turn.</summary>
    private static (double Nearest, double Rounded) TwoLayers(string profile, Tensor x, Tensor first, float second, float steps, (double, double) range)
    {
        int channels = (int)first.Dims[1];
        OnnxModel model = new ModelBuilder().Input("x", "N", x.Dims[1]).Constant("u", first).Constant("w", Tensor.Of([.. Enumerable.Repeat(second, channels)], channels, 1))
            .Node("Gemm", "x u -> h").Node("Gemm", "h w -> y").Output("y").Build();
        new ShapeInference(new OrtInference()).Apply(model, []);
        QuantizationPlan plan = Planner.Plan(model.Graph, Profile(profile), v => v.Name switch { "x" => (0, 1), "h" => (0, 255 * steps), _ => range }, _ => null);
        OnnxModel nearest = ModelWriter.Copy(model);
        PlanRewriter.Rewrite(nearest, plan);
        float[] expected = Run(model, x);
        return (Noise(expected, Run(nearest, x)), Noise(expected, Run(Rounded(model, plan, profile, x), x)));
    }

    private static Tensor Identity(int size) => Tensor.Of([.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1f : 0)], size, size);

    private static OnnxModel Rounded(OnnxModel model, string profile, int workers = 2) => Rounded(model, Plan(model, profile), profile, Data(), workers);

    private static OnnxModel Rounded(OnnxModel model, QuantizationPlan given, string profile, Tensor x, int workers = 2)
    {
        OnnxModel rounded = ModelWriter.Copy(model);
        var data = new Dataset([new BoundArray("x", [x], 0)], null, [.. Enumerable.Range(0, Samples)], null);
        var rounding = new SequentialRounding(new OrtInference(), new CalibrationOptions { BatchSize = 16, Workers = workers }, TestContext.Current.CancellationToken);
        QuantizationPlan plan = rounding.Apply(rounded, model.Graph, given, Profile(profile), data, 1 << 20);
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

    private static float[] Run(OnnxModel model, Tensor x)
    {
        using IInferenceSession session = new OrtInference().Open(ModelWriter.Store(model), new SessionSettings { Optimization = GraphOptimization.None });
        return session.Run(new Dictionary<string, Tensor> { ["x"] = x })[0].Span<float>().ToArray();
    }

    private static double Noise(float[] expected, float[] actual) => expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum();
}
