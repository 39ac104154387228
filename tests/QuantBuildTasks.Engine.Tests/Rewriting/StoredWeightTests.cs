using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>Weights stored as int8, and what ONNX Runtime makes of them.</summary>
public sealed class StoredWeightTests
{
    public static TheoryData<string> Families => ["conv", "depthwise", "transposed", "matrix", "gemm", "lstm", "gru", "table", "branch", "moved", "cut apart"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Stored_weight_is_folded_at_load_and_gives_nearly_the_float_result(string family)
    {
        OnnxModel model = Model(family).Build();
        byte[] original = ModelWriter.Write(model);
        IReadOnlyList<StoredFormat> formats = StoredWeights.Of(model.Graph, _ => WeightReader.Float);
        new StoredWeightRewriter(model, formats).Rewrite();
        byte[] stored = ModelWriter.Write(model);

        Assert.NotEmpty(formats);
        Assert.True(original.Length > 1.8 * stored.Length, $"{original.Length} → {stored.Length} bytes");
        Assert.Equal(Optimized(original), Optimized(stored));
        (float[] expected, float[] actual) = (Run(original), Run(stored));
        double noise = expected.Zip(actual).Sum(p => Math.Pow(p.First - p.Second, 2)) / expected.Sum(x => (double)x * x);
        Assert.InRange(noise, 1e-12, 1e-3);
    }

    [Fact]
    public void Weight_for_which_eight_bits_are_too_few_is_float16_and_half_as_large()
    {
        OnnxModel model = Model("gemm").Build();
        byte[] original = ModelWriter.Write(model);
        IReadOnlyList<StoredFormat> formats = StoredWeights.Of(model.Graph, _ => WeightReader.Fine);
        new StoredWeightRewriter(model, formats).Rewrite();
        byte[] stored = ModelWriter.Write(model);

        StoredFormat weight = Assert.Single(formats, f => !f.IsBias);
        Assert.Equal((ElementType.Float16, 2 * 32 * 48L), (weight.Type, weight.Bytes));
        Assert.Equal(Optimized(original), Optimized(stored));
        (float[] expected, float[] actual) = (Run(original), Run(stored));
        double noise = expected.Zip(actual).Sum(p => Math.Pow(p.First - p.Second, 2)) / expected.Sum(x => (double)x * x);
        Assert.InRange(noise, 1e-12, 1e-6);
    }

    [Theory]
    [InlineData(100_000f)]
    [InlineData(1e-7f)]
    public void Weight_that_float16_cannot_hold_keeps_every_bit_where_eight_bits_are_too_few(float unit)
    {
        OnnxModel model = new ModelBuilder().Input("x", 2, 48).Constant("w", Tensor.Of([.. Enumerable.Range(0, 48 * 32).Select(i => (i % 7 - 3.3f) * unit)], [48, 32])).Node("MatMul", "x w -> y").Output("y").Build();

        Assert.Empty(StoredWeights.Of(model.Graph, _ => WeightReader.Fine));
        Assert.Single(StoredWeights.Of(model.Graph, _ => WeightReader.Float));
    }

    [Fact]
    public void Constants_that_are_no_weights_keep_every_bit()
    {
        OnnxModel model = new ModelBuilder().Input("x", 64, 32).Weight("grid", 64, 32).Node("Add", "x grid -> y").Output("y").Build();

        Assert.Empty(StoredWeights.Of(model.Graph, _ => WeightReader.Float));
    }

    [Fact]
    public void Weight_that_only_integer_nodes_read_and_small_ones_are_left()
    {
        Assert.Empty(StoredWeights.Of(Model("conv").Build().Graph, _ => WeightReader.Other));
        Assert.Empty(StoredWeights.Of(new ModelBuilder().Input("x", "N", 4).Weight("w", 4, 4).Node("MatMul", "x w -> y").Output("y").Build().Graph, _ => WeightReader.Float));
    }

    [Fact]
    public void Weight_keeps_its_name_for_those_who_read_it()
    {
        OnnxModel model = Model("conv").Build();
        new StoredWeightRewriter(model, StoredWeights.Of(model.Graph, _ => WeightReader.Float)).Rewrite();

        Assert.Equal("Mul", model.Graph.Find("w")!.Producer!.OpType);
        Assert.Equal("Conv", Assert.Single(model.Graph.Find("w")!.Uses).Node.OpType);
    }

    private static ModelBuilder Model(string family) => family switch
    {
        "conv" => new ModelBuilder().Input("x", 1, 8, 6, 6).Weight("w", 16, 8, 3, 3).Node("Conv", "x w -> y").Output("y"),
        "depthwise" => new ModelBuilder().Input("x", 1, 96, 6, 6).Weight("w", 96, 1, 3, 3).Node("Conv", "x w -> y", ("group", 96)).Output("y"),
        "transposed" => new ModelBuilder().Input("x", 1, 8, 6, 6).Weight("w", 8, 16, 3, 3).Node("ConvTranspose", "x w -> y").Output("y"),
        "matrix" => new ModelBuilder().Input("x", 2, 48).Weight("w", 48, 32).Node("MatMul", "x w -> y").Output("y"),
        "gemm" => new ModelBuilder().Input("x", 2, 48).Weight("w", 32, 48).Weight("b", 32).Node("Gemm", "x w b -> y", ("transB", 1)).Output("y"),
        "lstm" => new ModelBuilder().Input("x", 5, 1, 16).Weight("w", 1, 64, 16).Weight("r", 1, 64, 16).Node("LSTM", "x w r -> y", ("hidden_size", 16)).Output("y"),
        "gru" => new ModelBuilder().Input("x", 5, 1, 16).Weight("w", 1, 48, 16).Weight("r", 1, 48, 16).Node("GRU", "x w r -> y", ("hidden_size", 16)).Output("y"),
        "table" => new ModelBuilder().Input("x", 8, 32).Weight("t", 64, 32).Constant("i", Tensor.Vector<long>(3, 1, 60, 7, 7, 0, 63, 2)).Node("Gather", "t i -> g").Node("Mul", "x g -> y").Output("y"),
        "moved" => new ModelBuilder().Input("x", 2, 48).Weight("w", 32, 48).Node("Transpose", "w -> v", ("perm", Ints(1, 0))).Node("MatMul", "x v -> y").Output("y"),
        "cut apart" => new ModelBuilder().Input("x", 5, 1, 16).Input("c", ElementType.Bool).Weight("w", 64, 16).Weight("r", 64, 16).Weight("b", 1, 128)
            .Constant("0", Tensor.Vector(0L)).Constant("32", Tensor.Vector(32L)).Constant("64", Tensor.Vector(64L))
            .Node("If", "c -> y", ("then_branch", Body(b => Gates(b, "t"))), ("else_branch", Body(b => Gates(b, "e")))).Output("y"),
        _ => new ModelBuilder().Input("x", 2, 48).Input("c", ElementType.Bool)
            .Node("If", "c -> y", ("then_branch", Body(b => b.Weight("w", 48, 32).Node("MatMul", "x w -> t").Output("t"))), ("else_branch", Body(b => b.Weight("w2", 48, 32).Node("MatMul", "x w2 -> e").Output("e"))))
            .Output("y"),
    };

    /// <summary>What exporters write around an LSTM whose gates lie in another order: cut apart, joined anew, one axis more.</summary>
    private static void Gates(ModelBuilder branch, string output)
    {
        foreach (string weight in new[] { "w", "r" })
        {
            branch.Node("Slice", $"{weight} 0 32 0 -> {weight}1").Node("Slice", $"{weight} 32 64 0 -> {weight}2")
                .Node("Concat", $"{weight}2 {weight}1 -> {weight}3", ("axis", 0)).Node("Unsqueeze", $"{weight}3 0 -> {weight}4");
        }

        branch.Node("LSTM", $"x w4 r4 b -> {output}", ("hidden_size", 16)).Output(output);
    }

    private static float[] Run(byte[] model)
    {
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings());
        return session.Run(session.Inputs.ToDictionary(
            i => i.Name,
            i => i.Type == ElementType.Bool ? Tensor.Scalar(true) : Random(i.Name, [.. i.Shape!.Select(d => d.Value ?? 1)])))[0].Span<float>().ToArray();
    }

    /// <summary>Operators of all graphs after ONNX Runtime's optimization, sorted.</summary>
    private static string Optimized(byte[] model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"qbt-{Guid.NewGuid():N}.onnx");
        try
        {
            using (new OrtInference().Open(model, new SessionSettings { Optimization = GraphOptimization.Extended, OptimizedModelPath = path }))
            {
            }

            return string.Join(' ', ModelReader.ReadFile(path).Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.OpType).Order(StringComparer.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
