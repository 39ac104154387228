using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using QuantBuildTasks.Engine.Rewriting.Rounding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Rounding;

/// <summary>Learned rounding on small models, on inputs that have a mean and go together, as those behind a Relu do.</summary>
public sealed class WeightRoundingTests
{
    private const int Samples = 48;

    public static TheoryData<string> Families => ["conv", "groups", "depthwise", "transposed", "gemm", "gemm, transposed", "matrix"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Output_error_on_the_data_is_below_that_of_rounding_to_nearest(string family)
    {
        OnnxModel model = Model(family);
        QuantizationPlan plan = Coarse(model);
        OnnxModel nearest = ModelWriter.Copy(model);
        nearest.Graph.Nodes[0].SetConstant(1, Nearest(Weight(model), plan.Weights[0]), "w");
        OnnxModel rounded = ModelWriter.Copy(model);
        WeightRounding.Apply(rounded, plan, Moments(model));

        float[] expected = Run(model);
        double gain = Noise(expected, Run(rounded)) / Noise(expected, Run(nearest));
        Assert.True(gain < 0.8, $"{gain:0.00} of the noise");
        Assert.Equal(Nearest(Weight(rounded), plan.Weights[0]).Span<float>().ToArray(), Weight(rounded).Span<float>().ToArray());
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("groups")]
    [InlineData("depthwise")]
    [InlineData("gemm")]
    [InlineData("gemm, transposed")]
    public void Bias_takes_the_mean_error_of_each_output(string family)
    {
        OnnxModel model = Model(family);
        OnnxModel rounded = ModelWriter.Copy(model);
        WeightRounding.Apply(rounded, Coarse(model), Moments(model));

        Assert.NotEqual(model.Graph.Nodes[0].Input(2)!.Constant!.Span<float>().ToArray(), rounded.Graph.Nodes[0].Input(2)!.Constant!.Span<float>().ToArray());
        (float[] expected, float[] actual) = (Run(model), Run(rounded));
        int channels = (int)model.Graph.Nodes[0].Input(2)!.Constant!.Length;
        int plane = expected.Length / Samples / channels;
        for (int c = 0; c < channels; c++)
        {
            double[] errors = [.. Enumerable.Range(0, expected.Length).Where(i => i / plane % channels == c).Select(i => (double)actual[i] - expected[i])];
            Assert.InRange(errors.Average(), -1e-5, 1e-5);
            Assert.Contains(errors, e => Math.Abs(e) > 1e-3);
        }
    }

    [Fact]
    public void Weight_that_two_layers_read_stays_as_it_is()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 16).Weight("w", 16, 16).Node("MatMul", "x w -> a").Node("MatMul", "a w -> y").Output("y").Build();
        float[] before = Weight(model).Span<float>().ToArray();
        QuantizationPlan plan = Coarse(model);

        WeightRounding.Apply(model, plan, Moments(model));

        Assert.Equal(before, Weight(model).Span<float>().ToArray());
    }

    [Fact]
    public void Bias_that_two_layers_read_keeps_its_numbers_for_the_other_one()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 16).Weight("w", 16, 16).Weight("v", 16, 16).Weight("b", 16)
            .Node("Gemm", "x w b -> a").Node("Gemm", "a v b -> y").Output("y").Build();
        float[] before = model.Graph.Find("b")!.Constant!.Span<float>().ToArray();
        QuantizationPlan plan = Coarse(model);

        WeightRounding.Apply(model, plan with { Weights = [plan.Weights[0]] }, Moments(model));

        Assert.Equal(before, model.Graph.Nodes[1].Input(2)!.Constant!.Span<float>().ToArray());
        Assert.NotEqual(before, model.Graph.Nodes[0].Input(2)!.Constant!.Span<float>().ToArray());
    }

    [Fact]
    public void Layers_without_moments_stay_as_they_are()
    {
        OnnxModel model = Model("conv");
        byte[] before = ModelWriter.Write(model);

        WeightRounding.Apply(model, Coarse(model), new Dictionary<string, LayerMoments>());

        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Theory]
    [InlineData("conv", "x64-vnni")]
    [InlineData("groups", "x64-vnni")]
    [InlineData("gemm", "x64-vnni")]
    [InlineData("gemm, transposed", "x64-vnni")]
    [InlineData("matrix", "x64-vnni")]
    [InlineData("conv", "x64-avx2")]
    [InlineData("gemm", "x64-avx2")]
    [InlineData("matrix", "x64-avx2")]
    public void Integers_in_the_quantized_model_are_those_that_were_chosen(string family, string profile)
    {
        OnnxModel model = Model(family);
        new ShapeInference(new OrtInference()).Apply(model, []);
        QuantizationPlan plan = Planner.Plan(model.Graph, BuiltInProfiles.All.Single(p => p.Name == profile) with { Costs = null }, _ => (-4, 4), _ => null);
        WeightFormat format = plan.Weights.Single(w => w.Input == 1);
        byte[] nearest = LinearQuantizer.Quantize(Weight(model), format).Bytes.ToArray();
        WeightRounding.Apply(model, plan, Moments(model));
        float[] chosen = Weight(model).Span<float>().ToArray();

        PlanRewriter.Rewrite(model, plan);

        Tensor integers = model.Graph.Initializers.Single(i => i.Type == ElementType.Int8 && i.Shape!.Rank > 1).Constant!;
        Assert.NotEqual(nearest, integers.Bytes.ToArray());
        ChannelLayout layout = ChannelLayout.Of(integers, format.Axis);
        Assert.Equal(chosen, integers.Span<sbyte>().ToArray().Select((q, i) => q * format.Scales[layout.ChannelOf(i / layout.Inner)]).ToArray());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Integers_of_a_stored_weight_are_those_that_were_chosen(string family)
    {
        OnnxModel model = Model(family);
        new ShapeInference(new OrtInference()).Apply(model, []);
        QuantizationPlan plan = StoredPlan.Complete(StoredPlan.Float(model.Graph, "x64-vnni", _ => null), model.Graph, _ => null);
        StoredFormat format = plan.Stored.Single(s => s.Type == ElementType.Int8);
        float[] before = Weight(model).Span<float>().ToArray();
        WeightRounding.Apply(model, plan, Moments(model));
        float[] chosen = Weight(model).Span<float>().ToArray();
        (_, int count, int inner) = format.Groups.Split(Weight(model).Dims);

        PlanRewriter.Rewrite(model, plan);

        Tensor integers = model.Graph.Initializers.Single(i => i.Type == ElementType.Int8).Constant!;
        Assert.Equal(chosen, integers.Span<sbyte>().ToArray().Select((q, i) => q * format.Scales[i / inner % count]).ToArray());
        Assert.All(before.Select((w, i) => Math.Abs(w - chosen[i]) / format.Scales[i / inner % count]), steps => Assert.InRange(steps, 0, 1.5));
    }

    [Fact]
    public void What_was_learnt_is_kept_only_where_it_is_better_on_patches_that_were_held_out()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 32).Weight("w", 32, 1).Node("MatMul", "x w -> y").Output("y").Build();
        float[] weights = Weight(model).Span<float>().ToArray();
        float[] nearest = Nearest(Weight(model), Coarse(model).Weights[0]).Span<float>().ToArray();

        // Inputs that go together: rounding makes the sum of its errors small.
        float[] together = [.. Enumerable.Range(0, 32 * 32).Select(i => i % 33 == 0 ? 1.01f : 1f)];
        float[] learnt = Rounded([.. Enumerable.Repeat(1f, 32)]);
        float[] worst = Rounded([.. weights.Zip(learnt, (w, q) => w > q ? 1f : -1f)]);

        Assert.NotEqual(nearest, learnt);
        Assert.Equal(nearest, worst);

        float[] Rounded(float[] patch)
        {
            var held = new HeldPatches(1, 32);
            held.Add(patch, 1);
            OnnxModel rounded = ModelWriter.Copy(model);
            WeightRounding.Apply(rounded, Coarse(model), new Dictionary<string, LayerMoments> { ["MatMul_y"] = new(1, 32, [.. Enumerable.Repeat(1f, 32)], together, 10_000) { Held = held } });
            return Weight(rounded).Span<float>().ToArray();
        }
    }

    private static OnnxModel Model(string family) => (family switch
    {
        "conv" => new ModelBuilder().Input("x", "N", 8, 5, 5).Weight("w", 16, 8, 3, 3).Weight("b", 16).Node("Conv", "x w b -> y", ("pads", Ints(1, 1, 1, 1))),
        "groups" => new ModelBuilder().Input("x", "N", 8, 5, 5).Weight("w", 16, 4, 3, 3).Weight("b", 16).Node("Conv", "x w b -> y", ("group", 2)),
        "depthwise" => new ModelBuilder().Input("x", "N", 32, 5, 5).Weight("w", 32, 1, 3, 3).Weight("b", 32).Node("Conv", "x w b -> y", ("group", 32)),
        "transposed" => new ModelBuilder().Input("x", "N", 16, 4, 4).Weight("w", 16, 8, 3, 3).Node("ConvTranspose", "x w -> y", ("strides", Ints(2, 2))),
        "gemm" => new ModelBuilder().Input("x", "N", 32).Weight("w", 32, 24).Weight("b", 24).Node("Gemm", "x w b -> y"),
        "gemm, transposed" => new ModelBuilder().Input("x", "N", 32).Weight("w", 24, 32).Weight("b", 24).Node("Gemm", "x w b -> y", ("transB", 1)),
        _ => new ModelBuilder().Input("x", "N", 6, 32).Weight("w", 32, 24).Node("MatMul", "x w -> y"),
    }).Output("y").Build();

    /// <summary>A plan of 15 steps in all, so that rounding is what the error comes from.</summary>
    private static QuantizationPlan Coarse(OnnxModel model) => new()
    {
        Profile = "x64-vnni",
        Activations = [],
        Weights = [.. model.Graph.Nodes.Select(n => new WeightFormat(n.DisplayName, 1, ElementType.Int8, [1f / 7], 0, null))],
        Nodes = [],
    };

    private static Tensor Weight(OnnxModel model) => model.Graph.Nodes[0].Input(1)!.Constant!;

    private static Tensor Nearest(Tensor weight, WeightFormat format) =>
        Tensor.Of(Array.ConvertAll(weight.Span<float>().ToArray(), w => MathF.Round(w / format.Scales[0], MidpointRounding.ToEven) * format.Scales[0]), [.. weight.Dims]);

    private static IReadOnlyDictionary<string, LayerMoments> Moments(OnnxModel model)
    {
        var data = new Dataset([new BoundArray("x", [Data(model)], 0)], null, [.. Enumerable.Range(0, Samples)], null);
        return new MomentCollector(new OrtInference()).Collect(model, model.Graph.Nodes, data, 1 << 20, new CalibrationOptions { BatchSize = 7 }, TestContext.Current.CancellationToken);
    }

    /// <summary>max(0, noise + what a sample has in common).</summary>
    private static Tensor Data(OnnxModel model)
    {
        long[] dims = [Samples, .. model.Graph.Inputs[0].Shape!.Skip(1).Select(d => d.Value!.Value)];
        float[] common = Random("common", Samples).Span<float>().ToArray();
        float[] values = Random("noise", dims).Span<float>().ToArray();
        return Tensor.Of([.. values.Select((v, i) => Math.Max(0, (0.5f * v) + common[i / (values.Length / Samples)] + 0.5f))], dims);
    }

    private static float[] Run(OnnxModel model)
    {
        using IInferenceSession session = new OrtInference().Open(ModelWriter.Store(model), new SessionSettings { Optimization = GraphOptimization.None });
        return session.Run(new Dictionary<string, Tensor> { ["x"] = Data(model) })[0].Span<float>().ToArray();
    }

    private static double Noise(float[] expected, float[] actual) => expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum();
}
