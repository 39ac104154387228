using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Conditioning;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

public sealed class EqualizationTests
{
    private static readonly Tensor Samples = ModelBuilder.Random("samples", 20, 3, 6, 6);

    [Theory]
    [InlineData("Relu")]
    [InlineData("Clip")]
    [InlineData("residual")]
    [InlineData("depthwise")]
    public void The_float_result_stays_on_the_calibration_data(string kind)
    {
        OnnxModel model = Unequal(kind);
        float[] before = Conditioned.Run(model, Samples);

        Assert.True(Equalize(model) > 0);

        Assert.InRange(Conditioned.RelativeError(before, Conditioned.Run(model, Samples)), 0, 1e-4);
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Clip")]
    [InlineData("residual")]
    public void The_second_layers_output_is_nearer_to_float_when_its_input_and_weight_are_rounded_to_8_bits(string kind)
    {
        OnnxModel model = Unequal(kind);
        double before = Rounded(model);

        Equalize(model);

        Assert.InRange(Rounded(model), 0, before * 0.7);
    }

    [Fact]
    public void A_channel_that_the_limit_cuts_is_not_scaled_and_others_are_not_cut_on_the_data()
    {
        OnnxModel model = Unequal("Clip");
        float[] before = Conditioned.Run(model, Samples, "r");
        Assert.Contains(6f, before);

        Equalize(model);

        float[] after = Conditioned.Run(model, Samples, "r");
        for (int c = 0; c < 8; c++)
        {
            float[] old = Channel(before, c);
            float[] scaled = Channel(after, c);
            bool isCut = old.Max() == 6f;
            Assert.All(old.Zip(scaled), p => Assert.True(isCut ? p.First == p.Second : Math.Abs(p.Second - (p.First / old.Max() * scaled.Max())) < 1e-4 && p.Second <= 6));

            // Numbers half as large again as these must not be cut where the model does not.
            Assert.InRange(scaled.Max(), 0, Math.Max(old.Max(), 6 / 1.5f) + 1e-4f);
        }
    }

    [Fact]
    public void Channels_that_are_equal_already_have_no_factors()
    {
        Assert.Null(FactorsOfTwo([1, -1f, 0.5f, 0.5f], new([-1, -1], [1, 1], [0, 0], [0.3, 0.3], 100)));
    }

    [Fact]
    public void A_channel_a_hundred_times_wider_is_divided_by_more()
    {
        double[] factors = FactorsOfTwo([0.01f, -0.01f, 1, 1], new([-100, -1], [100, 1], [0, 0], [3000, 0.3], 100))!;

        // a = (100, 1) and w = (0.01, 1): all exponents give 100^α·100^(1 − α) : 1.
        Assert.Equal(100, factors[0] / factors[1], 1e-4);
    }

    [Fact]
    public void The_largest_number_of_a_tensor_does_not_grow()
    {
        // The second channel weighs in its mean square alone: its weights are worth more digits.
        double[] factors = FactorsOfTwo([1f, -1, 0.001f, 0.001f], new([-1, -1], [1, 1], [0, 0], [1e-4, 1], 100))!;

        Assert.True(factors[0] < factors[1]);
        Assert.Equal(1, Math.Max(1 / factors[0], 1 / factors[1]), 1e-9);
    }

    [Fact]
    public void Unknown_values_have_no_factors()
    {
        ChannelGroup group = Assert.Single(ChannelGroups.Of(Unequal("Relu").Graph, _ => false));

        Assert.Null(EqualizationScales.Of(group, new Dictionary<string, ChannelStatistics>()));
    }

    [Theory]
    [InlineData("w1", 2)]
    [InlineData("w2", 2)]
    [InlineData("w1", 0)]
    [InlineData("w2", 0)]
    public void Channels_and_weights_that_are_zero_stay_finite(string weight, int spared)
    {
        OnnxModel model = Unequal("Relu");
        Tensor old = model.Graph.Find(weight)!.Constant!;
        int row = (int)(old.Length / old.Dims[0]);
        model.Graph.SetInitializer(model.Graph.Find(weight)!, Tensor.Of(old.Span<float>().ToArray().Select((v, i) => i / row < spared || spared > 0 && i / row > 5 ? v : 0).ToArray(), [.. old.Dims]));
        model.Graph.SetInitializer(model.Graph.Find("b1")!, Tensor.Vector(new float[8]));
        float[] before = Conditioned.Run(model, Samples);

        Equalize(model);

        float[] after = Conditioned.Run(model, Samples);
        Assert.All(after, v => Assert.True(float.IsFinite(v)));
        Assert.All(model.Graph.Nodes.SelectMany(n => n.Inputs).Where(i => i?.Constant is { Type: ElementType.Float32 }), i => Assert.All(i!.Constant!.Span<float>().ToArray(), v => Assert.True(float.IsFinite(v))));
        Assert.All(before.Zip(after), p => Assert.Equal(p.First, p.Second, 1e-4 * (1 + Math.Abs(p.First))));
    }

    [Fact]
    public void Kept_nodes_are_not_changed()
    {
        OnnxModel model = Unequal("Relu");

        Assert.Empty(Equalization.ValuesToWatch(model.Graph, n => n.Is("Relu")));
        Assert.Equal(0, Equalization.Apply(model.Graph, n => n.Is("Relu"), new Dictionary<string, ChannelStatistics>()));
    }

    /// <summary>Of two channels that the first Gemm hands on as they are, where the second one has these weights.</summary>
    private static double[]? FactorsOfTwo(float[] second, ChannelStatistics seen)
    {
        OnnxModel model = Conditioned.WithShapes(new ModelBuilder().Input("x", "N", 2).Constant("w1", Tensor.Of(new float[] { 1, 0, 0, 1 }, 2, 2))
            .Constant("w2", Tensor.Of(second, 2, 2)).Node("Gemm", "x w1 -> a").Node("Gemm", "a w2 -> y").Output("y"));
        ChannelGroup group = Assert.Single(ChannelGroups.Of(model.Graph, _ => false));
        return EqualizationScales.Of(group, new Dictionary<string, ChannelStatistics> { ["a"] = seen });
    }

    private static int Equalize(OnnxModel model) =>
        Equalization.Apply(model.Graph, _ => false, Conditioned.Watch(model, Equalization.ValuesToWatch(model.Graph, _ => false), Samples));

    /// <summary>Conv → kind → Conv, 8 channels of which each is about 2.5 times as wide as the one before, the weights behind as much narrower.</summary>
    private static OnnxModel Unequal(string kind)
    {
        double[] spread = [.. Enumerable.Range(0, 8).Select(c => Math.Pow(2.5, c - 5))];
        float[] first = [.. ModelBuilder.Random("first", 8, 3, 3, 3).Span<float>().ToArray().Select((v, i) => (float)(v * spread[i / 27]))];
        float[] second = [.. ModelBuilder.Random("second", 4, 8, 1, 1).Span<float>().ToArray().Select((v, i) => (float)(v / spread[i % 8]))];
        (string, object) same = ("pads", ModelBuilder.Ints(1, 1, 1, 1));
        ModelBuilder model = TwoLayers.Conv(6, Tensor.Of(first, 8, 3, 3, 3), Array.ConvertAll(spread, s => (float)(s / 2)), same).Constant("w2", Tensor.Of(second, 4, 8, 1, 1));
        model = kind switch
        {
            "residual" => model.Constant("w3", Tensor.Of([.. Enumerable.Range(0, 64).Select(i => (float)(((i % 9) == 0 ? 0.4 : 0.05) * spread[i / 8] / spread[i % 8]))], 8, 8, 1, 1))
                .Node("Conv", "a w3 -> c").Node("Add", "a c -> s").Node("Relu", "s -> r"),
            "depthwise" => model.Weight("d", 8, 1, 3, 3).Node("Relu", "a -> e").Node("Conv", "e d -> f", same, ("group", 8)).Node("Relu", "f -> r"),
            _ => model.Between(kind),
        };
        return Conditioned.WithShapes(model.Node("Conv", "r w2 -> y").Output("y"));
    }

    /// <summary>Relative error of y = W·r, r rounded to 255 steps over all of it with zero, each row of W to 127 steps on each side.</summary>
    private static double Rounded(OnnxModel model)
    {
        float[] r = Conditioned.Run(model, Samples, "r");
        float[] w = model.Graph.Nodes[^1].Input(1)!.Constant!.Span<float>().ToArray();
        double step = (Math.Max(0, r.Max()) - Math.Min(0, r.Min())) / 255.0;
        double signal = 0;
        double noise = 0;
        for (int sample = 0; sample < 20; sample++)
        {
            for (int row = 0; row < 4; row++)
            {
                double scale = w.Skip(row * 8).Take(8).Max(Math.Abs) / 127.0;
                for (int position = 0; position < 36; position++)
                {
                    double exact = 0;
                    double rounded = 0;
                    for (int c = 0; c < 8; c++)
                    {
                        double x = r[(((sample * 8) + c) * 36) + position];
                        double number = w[(row * 8) + c];
                        exact += x * number;
                        rounded += Math.Round(x / step) * step * Math.Round(number / scale) * scale;
                    }

                    signal += exact * exact;
                    noise += (exact - rounded) * (exact - rounded);
                }
            }
        }

        return Math.Sqrt(noise / signal);
    }

    private static float[] Channel(float[] values, int channel) => [.. values.Where((_, i) => i / 36 % 8 == channel)];
}
