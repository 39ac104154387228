using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Conditioning;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Tests.Pipeline;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

public sealed class BiasAbsorptionTests
{
    private static readonly Tensor Samples = ModelBuilder.Random("samples", 40, 3, 8, 8);

    [Theory]
    [InlineData("Relu")]
    [InlineData("Clip")]
    [InlineData("nothing")]
    [InlineData("MaxPool")]
    [InlineData("AveragePool")]
    [InlineData("two readers")]
    [InlineData("depthwise")]
    [InlineData("unpadded")]
    [InlineData("Gemm")]
    public void What_is_always_there_moves_and_the_float_result_stays_on_the_calibration_data(string kind)
    {
        OnnxModel model = HighBias(kind);
        float[] before = Conditioned.Run(model, Samples);
        float widest = Conditioned.Run(model, Samples, "r").Max(Math.Abs);

        Absorb(model);

        Assert.InRange(Conditioned.RelativeError(before, Conditioned.Run(model, Samples)), 0, 2e-6);
        Assert.InRange(Conditioned.Run(model, Samples, "r").Max(Math.Abs), 0, widest / 4);
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("nothing")]
    public void Result_is_12_dB_nearer_to_float_when_the_tensor_is_rounded_to_8_bits_whatever_factors_do(string kind)
    {
        OnnxModel model = HighBias(kind);
        OnnxModel equalized = HighBias(kind);
        Equalization.Apply(equalized.Graph, _ => false, Watch(equalized));
        Equalization.Apply(model.Graph, _ => false, Absorb(model));

        Assert.InRange(Rounded(model), 0, Rounded(equalized) / 4);
    }

    [Fact]
    public void Recipe_balanced_does_it_and_fast_does_not()
    {
        // The second layer takes off what the first one put on, as where its BatchNormalization has a low β again.
        OnnxModel model = HighBias("Relu");
        float[] weights = model.Graph.Find("w2")!.Constant!.Span<float>().ToArray();
        model.Graph.SetInitializer(model.Graph.Find("b2")!, Tensor.Vector([.. weights.Chunk(8).Select(row => -row.Select((w, c) => w * (4 + c)).Sum())]));
        using var folder = new JobFolder();
        QuantJob job = folder.Job(model, 10, ("x", Samples));

        double[] decibels = [.. new[] { Recipe.Fast, Recipe.Balanced }.Select(r => JobFolder.Run(job with { Recipe = r }).Variants[0].Report.SqnrDb)];

        Assert.True(decibels[1] > decibels[0] + 9, string.Join(", ", decibels));
    }

    [Theory]
    [InlineData("padded")]
    [InlineData("ConvTranspose")]
    [InlineData("AveragePool over zeros")]
    [InlineData("LeakyRelu")]
    [InlineData("residual")]
    [InlineData("read by Sin")]
    [InlineData("output")]
    [InlineData("Clip reached")]
    [InlineData("low bias")]
    public void Model_stays_as_it_is_where_offsets_do_not_pass_or_nothing_is_always_there(string kind)
    {
        OnnxModel model = HighBias(kind);
        byte[] before = ModelWriter.Write(model);

        Absorb(model);

        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Theory]
    [InlineData("Conv_a")]
    [InlineData("Relu_r")]
    [InlineData("Conv_y")]
    public void Kept_nodes_are_not_changed(string kept) => Assert.Empty(BiasAbsorption.ValuesToWatch(HighBias("Relu").Graph, n => n.Name == kept));

    [Fact]
    public void Statistics_follow_the_offsets()
    {
        OnnxModel model = HighBias("Relu");

        ChannelStatistics told = Absorb(model)["r"];

        ChannelStatistics seen = Watch(model)["r"];
        Assert.All(seen.Min.Zip(told.Min), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.All(seen.Max.Zip(told.Max), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.All(seen.Mean.Zip(told.Mean), p => Assert.Equal(p.First, p.Second, 1e-5));
        Assert.All(seen.MeanSquare.Zip(told.MeanSquare), p => Assert.Equal(p.First, p.Second, 1e-5));
        Assert.Equal(seen.Count, told.Count);
    }

    [Fact]
    public void Without_a_clamp_the_mean_moves_whatever_its_sign()
    {
        OnnxModel model = Rows("nothing");

        BiasAbsorption.Apply(model.Graph, _ => false, Seen());

        // c = (6, −6), b₁ − c and (b₂ + W·c) with W = (1 3; 2 5).
        Assert.Equal([-5f, 8f], Bias(model, 0));
        Assert.Equal([10f + (1 * 6) - (2 * 6), 20f + (3 * 6) - (5 * 6)], Bias(model, ^1));
    }

    [Fact]
    public void Behind_a_Relu_the_mean_less_three_deviations_moves_where_the_least_number_is_above()
    {
        OnnxModel model = Rows("Relu");

        // Means 6 and 6.25, deviations 0.5 and 0.25: 6 − 1.5 is below 5, 6.25 − 0.75 is above 5.
        BiasAbsorption.Apply(model.Graph, _ => false, new Dictionary<string, ChannelStatistics> { ["r"] = new([5, 5], [7, 7], [6, 6.25], [36.25, 39.125], 100) });

        Assert.Equal([1 - 4.5f, 2 - 5f], Bias(model, 0));
        Assert.Equal([10f + (1 * 4.5f) + (2 * 5), 20f + (3 * 4.5f) + (5 * 5)], Bias(model, ^1));
    }

    [Theory]
    [InlineData(31, 1f)]
    [InlineData(32, -5f)]
    public void Fewer_than_32_numbers_of_a_channel_tell_nothing(int count, float bias)
    {
        OnnxModel model = Rows("nothing");

        BiasAbsorption.Apply(model.Graph, _ => false, Seen(count));

        Assert.Equal(bias, Bias(model, 0)[0]);
    }

    [Theory]
    [InlineData(1.5f, true)]
    [InlineData(1.15f, false)]
    public void A_fifth_of_the_noise_must_go(float offset, bool moves)
    {
        OnnxModel model = Rows("nothing");

        // From 1 + c, zero included, the range r falls to 2, and with it the noise (Σw²·r²/255² + (0.3 + 0.3)·Σ max w²/127²)/12, Σw² = 39 and Σ max w² = 2² + 5²: to 0.72 for 1.5, to 0.9 for 1.15.
        BiasAbsorption.Apply(model.Graph, _ => false, Seen(100, offset, offset));

        Assert.Equal(moves, Bias(model, 0)[0] != 1);
    }

    [Fact]
    public void Nothing_moves_where_a_bias_would_leave_the_float32_range()
    {
        OnnxModel model = Rows("nothing");
        model.Graph.SetInitializer(model.Graph.Find("w2")!, Tensor.Of(new[] { 3e38f, 3, 2, 5 }, 2, 2));

        BiasAbsorption.Apply(model.Graph, _ => false, Seen());

        Assert.Equal([1f, 2f], Bias(model, 0));
        Assert.Equal([10f, 20f], Bias(model, ^1));
    }

    private static IReadOnlyDictionary<string, ChannelStatistics> Absorb(OnnxModel model) => BiasAbsorption.Apply(model.Graph, _ => false, Watch(model));

    private static IReadOnlyDictionary<string, ChannelStatistics> Watch(OnnxModel model) =>
        Conditioned.Watch(model, [.. BiasAbsorption.ValuesToWatch(model.Graph, _ => false), .. Equalization.ValuesToWatch(model.Graph, _ => false)], Samples);

    /// <summary>
    /// A layer with a folded BatchNormalization of high β, as equalization leaves them too: γ = 0.25 and β = 4 + c in channel c, or −4 − c in every other one where nothing clamps; then
    /// <paramref name="kind"/> and a layer that reads it, which gives y.
    /// </summary>
    private static OnnxModel HighBias(string kind)
    {
        double sign = kind == "nothing" ? -1 : 1;
        double beta = kind == "low bias" ? 0 : 1;
        float[] biases = [.. Enumerable.Range(0, 8).Select(c => (float)(beta * Math.Pow(sign, c) * (4 + c)))];
        float[] weights = Array.ConvertAll(ModelBuilder.Random("first", 8, 3, 1, 1).Span<float>().ToArray(), w => w / 4);
        ModelBuilder model = TwoLayers.Conv(8, Tensor.Of(weights, 8, 3, 1, 1), biases).Weight("w2", 4, 8, 1, 1).Weight("b2", 4)
            .Weight("w3", 4, 8, 3, 3).Weight("d", 8, 1, 3, 3).Weight("t", 8, 4, 3, 3).Weight("m", 8, 4).Weight("e", 8, 8, 1, 1);
        model = kind == "Clip reached" ? model.Between("Clip", 3) : model.Between(kind, 20);
        (string, object) size = ("kernel_shape", ModelBuilder.Ints(3, 3));
        (string, object) frame = ("pads", ModelBuilder.Ints(1, 1, 1, 1));
        model = kind switch
        {
            "MaxPool" => model.Node("MaxPool", "r -> p", size, frame).Node("Conv", "p w2 b2 -> y"),
            "AveragePool" => model.Node("AveragePool", "r -> p", size, frame).Node("Conv", "p w2 -> y"),
            "AveragePool over zeros" => model.Node("AveragePool", "r -> p", size, frame, ("count_include_pad", 1)).Node("Conv", "p w2 -> y"),
            "two readers" => model.Node("Conv", "r w2 -> u").Node("Conv", "r w2 b2 -> v").Node("Mul", "u v -> y"),
            "depthwise" => model.Node("Conv", "r d -> y", ("group", 8)),
            "unpadded" => model.Node("Conv", "r w3 b2 -> y"),
            "padded" => model.Node("Conv", "r w3 b2 -> y", frame),
            "ConvTranspose" => model.Node("ConvTranspose", "r t -> y"),
            "Gemm" => model.Node("GlobalAveragePool", "r -> p").Node("Flatten", "p -> f").Node("Gemm", "f m b2 -> y", ("alpha", 0.5f), ("beta", 2f)),
            "residual" => model.Node("Conv", "r e -> u").Node("Add", "u r -> s").Node("Conv", "s w2 b2 -> y"),
            "read by Sin" => model.Node("Conv", "r w2 b2 -> y").Node("Sin", "r -> z"),
            _ => model.Node("Conv", "r w2 b2 -> y"),
        };
        model = model.Output("y");
        return Conditioned.WithShapes(kind switch { "read by Sin" => model.Output("z"), "output" => model.Output("r"), _ => model });
    }

    /// <summary>Error of y where what the last layer reads is rounded to 8 bits, by ONNX Runtime.</summary>
    private static double Rounded(OnnxModel model)
    {
        OnnxModel rounded = ModelReader.Read(ModelWriter.Write(model));
        float[] numbers = Conditioned.Run(model, Samples, "r");
        (float min, float max) = (Math.Min(0, numbers.Min()), Math.Max(0, numbers.Max()));
        float scale = (max - min) / 255;
        Graph graph = rounded.Graph;
        Value step = graph.AddInitializer("step", Tensor.Scalar(scale));
        Value zeroPoint = graph.AddInitializer("zero_point", Tensor.Scalar((byte)Math.Round(-min / scale)));
        Node last = graph.Nodes[^1];
        (Value integers, Value back) = (graph.AddValue("q", ElementType.UInt8, null), graph.AddValue("dq", ElementType.Float32, null));
        graph.Insert(graph.IndexOf(last), "QuantizeLinear", "", "", [last.Input(0), step, zeroPoint], [integers]);
        graph.Insert(graph.IndexOf(last), "DequantizeLinear", "", "", [integers, step, zeroPoint], [back]);
        last.SetInput(0, back);
        return Conditioned.RelativeError(Conditioned.Run(model, Samples), Conditioned.Run(rounded, Samples));
    }

    private static OnnxModel Rows(string between) => Conditioned.WithShapes(
        new ModelBuilder().Input("x", "N", 2).Weight("w1", 2, 2).Constant("b1", Tensor.Vector(1f, 2)).Constant("w2", Tensor.Of(new float[] { 1, 3, 2, 5 }, 2, 2)).Constant("b2", Tensor.Vector(10f, 20))
            .Node("Gemm", "x w1 b1 -> a").Between(between).Node("Gemm", "r w2 b2 -> y").Output("y"));

    /// <summary>Channels around 6 and −6, or other offsets, each two wide.</summary>
    private static Dictionary<string, ChannelStatistics> Seen(int count = 100, float first = 6, float second = -6)
    {
        var seen = new ChannelStatistics([first - 1, second - 1], [first + 1, second + 1], [first, second], [(first * first) + 0.3, (second * second) + 0.3], count);
        return new() { ["a"] = seen, ["r"] = seen };
    }

    private static float[] Bias(OnnxModel model, Index node) => model.Graph.Nodes[node].Input(2)!.Constant!.Span<float>().ToArray();
}
