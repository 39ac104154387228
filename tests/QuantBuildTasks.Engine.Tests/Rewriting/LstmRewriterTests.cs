using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning.Recurrent;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>LSTM as DynamicQuantizeLSTM, as ONNX Runtime computes it, beside the formula.</summary>
public sealed class LstmRewriterTests
{
    private const int Steps = 5;
    private const int Input = 7;
    private const int Hidden = 6;

    /// <summary>Directions × bias × initial states × batch, with pair-safe scales for half of them.</summary>
    public static IEnumerable<TheoryDataRow<string, bool, bool, int, bool>> Forms =>
        from direction in new[] { "forward", "reverse", "bidirectional" }
        from bias in new[] { false, true }
        from initial in new[] { false, true }
        from batch in new[] { 1, 2 }
        select new TheoryDataRow<string, bool, bool, int, bool>(direction, bias, initial, batch, bias == initial);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Rewritten_node_computes_the_formula_of_dynamic_quantization(string direction, bool bias, bool initial, int batch, bool pairs)
    {
        int directions = direction == "bidirectional" ? 2 : 1;
        ModelBuilder model = Lstm(direction, bias, initial, batch);
        Tensor[] weights = [Random("w", directions, 4 * Hidden, Input), Random("r", directions, 4 * Hidden, Hidden)];
        RowScales[] scales = [.. weights.Select(w => RecurrentScales.Of(w, pairs ? SaturationRule.Pairs : SaturationRule.None)!)];

        float[] actual = Run(Rewritten(model, scales), batch);

        var formula = new LstmFormula(weights[0], scales[0].Scales, weights[1], scales[1].Scales)
        {
            Bias = bias ? Random("b", directions, 8 * Hidden) : null,
            InitialState = initial ? Random("h", directions, batch, Hidden) : null,
            InitialCell = initial ? Random("c", directions, batch, Hidden) : null,
            Reverse = direction == "reverse",
        };
        double[] expected = formula.Run(Random("x", Steps, batch, Input));
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 2e-6));
    }

    [Fact]
    public void Everything_else_of_the_node_stays_and_its_operator_set_is_declared()
    {
        OnnxModel model = Lstm("bidirectional", true, true, 2, ("clip", 3f)).Build();
        Node before = model.Graph.Nodes.Single();
        Value?[] others = [.. before.Inputs.Skip(3)];
        Value?[] outputs = [.. before.Outputs];

        LstmRewriter.Rewrite(model, [Format(model)]);

        Node after = model.Graph.Nodes.Single(n => n.OpType == "DynamicQuantizeLSTM");
        Assert.Equal(("com.microsoft", "LSTM_y", 1L), (after.Domain, after.Name, model.Opsets["com.microsoft"]));
        Assert.Equal(others, after.Inputs.Skip(3).Take(others.Length));
        Assert.Equal(outputs, after.Outputs);
        Assert.Equal(["clip", "direction", "hidden_size"], after.Attributes.Select(a => a.Name).Order(StringComparer.Ordinal));
        Assert.Equal([2L, Input, 4 * Hidden], after.Input(1)!.Initializer!.Dims);
        Assert.Equal([2L, Hidden, 4 * Hidden], after.Input(2)!.Initializer!.Dims);
        Assert.NotSame(after.Input(9), after.Input(11));
        Assert.Null(model.Graph.Find("w"));
    }

    [Theory]
    [InlineData("peepholes")]
    [InlineData("lengths")]
    [InlineData("clip")]
    [InlineData("forget")]
    [InlineData("activations")]
    public void Optional_parts_give_nearly_the_float_result(string part)
    {
        ModelBuilder Model() => (part switch
        {
            "peepholes" => Sources().Weight("p", 1, 3 * Hidden).Node("LSTM", "x w r b _ _ _ p -> y", ("hidden_size", Hidden)),
            "lengths" => Sources().Constant("l", Tensor.Vector(5, 2)).Node("LSTM", "x w r b l -> y", ("hidden_size", Hidden)),
            "clip" => Sources().Node("LSTM", "x w r b -> y", ("hidden_size", Hidden), ("clip", 0.5f)),
            "forget" => Sources().Node("LSTM", "x w r b -> y", ("hidden_size", Hidden), ("input_forget", 1)),
            _ => Sources().Node("LSTM", "x w r b -> y", ("hidden_size", Hidden), ("names", "")),
        }).Output("y");
        OnnxModel model = Model().Build();
        if (part == "activations")
        {
            Node node = model.Graph.Nodes.Single();
            node.RemoveAttribute("names");
            node.SetAttribute(new NodeAttribute("activations", AttributeKind.Strings, new[] { "HardSigmoid"u8.ToArray(), "Softsign"u8.ToArray(), "Tanh"u8.ToArray() }));
        }

        float[] expected = Run(ModelWriter.Write(model), 2);
        LstmRewriter.Rewrite(model, [Format(model)]);
        float[] actual = Run(ModelWriter.Write(model), 2);

        double noise = expected.Zip(actual).Sum(p => Math.Pow(p.First - p.Second, 2)) / expected.Sum(x => (double)x * x);
        Assert.InRange(noise, 1e-9, 1e-3);
    }

    [Fact]
    public void Weights_of_a_layer_in_a_branch_lie_beside_it_so_that_exact_kernels_replace_them()
    {
        OnnxModel model = Sources().Weight("r2", 1, 4 * Hidden, Hidden).Weight("w2", 1, 4 * Hidden, Input).Input("c", ElementType.Bool)
            .Node(
                "If",
                "c -> y",
                ("then_branch", Body(b => b.Node("LSTM", "x w r b -> t", ("hidden_size", Hidden)).Output("t"))),
                ("else_branch", Body(b => b.Node("LSTM", "x w2 r2 -> e", ("hidden_size", Hidden), ("direction", "reverse")).Output("e"))))
            .Output("y").Build();

        LstmRewriter.Rewrite(model, [.. Lstms(model, "LSTM").Select(Format)]);

        Node[] after = [.. Lstms(model, "DynamicQuantizeLSTM")];
        Assert.Equal(2, after.Length);
        Assert.All(after, n => Assert.All([1, 2, 9, 11], i => Assert.Equal((n.Graph, 1), (n.Input(i)!.Graph, n.Input(i)!.Uses.Count))));
        Assert.Equal(["b"], model.Graph.Initializers.Select(v => v.Name));
        byte[] file = ModelWriter.Write(model);
        Assert.Equal(Run(file, 2), Run(file, 2, Exact));
    }

    [Fact]
    public void Exact_kernels_of_processors_without_VNNI_give_the_same()
    {
        OnnxModel model = Lstm("bidirectional", true, false, 2).Weight("w3", 1, 4 * Hidden, Input).Weight("r3", 1, 4 * Hidden, Hidden).Node("LSTM", "x w3 r3 -> y3", ("hidden_size", Hidden)).Output("y3").Build();

        LstmRewriter.Rewrite(model, [.. Lstms(model, "LSTM").Select(Format)]);

        byte[] file = ModelWriter.Write(model);
        Assert.Equal(Run(file, 2), Run(file, 2, Exact));
    }

    private static SessionSettings Exact => new() { Configuration = new Dictionary<string, string> { ["session.x64quantprecision"] = "1" } };

    private static IEnumerable<Node> Lstms(OnnxModel model, string opType) => model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.OpType == opType);

    private static ModelBuilder Sources() => new ModelBuilder().Input("x", Steps, 2, Input).Weight("w", 1, 4 * Hidden, Input).Weight("r", 1, 4 * Hidden, Hidden).Weight("b", 1, 8 * Hidden);

    private static ModelBuilder Lstm(string direction, bool bias, bool initial, int batch, params (string Name, object Value)[] attributes)
    {
        int directions = direction == "bidirectional" ? 2 : 1;
        return new ModelBuilder().Input("x", Steps, batch, Input).Weight("w", directions, 4 * Hidden, Input).Weight("r", directions, 4 * Hidden, Hidden)
            .Weight("b", directions, 8 * Hidden).Weight("h", directions, batch, Hidden).Weight("c", directions, batch, Hidden)
            .Node("LSTM", $"x w r {(bias ? "b" : "_")} _ {(initial ? "h c" : "_ _")} -> y _ z", [("hidden_size", Hidden), ("direction", direction), .. attributes])
            .Output("y");
    }

    private static RecurrentFormat Format(OnnxModel model) => Format(model.Graph.Nodes.Single(n => n.Is("LSTM")));

    private static RecurrentFormat Format(Node node) => new(
        node.DisplayName, RecurrentScales.Of(node.Input(1)!.Constant!, SaturationRule.None)!, RecurrentScales.Of(node.Input(2)!.Constant!, SaturationRule.None)!);

    private static byte[] Rewritten(ModelBuilder builder, RowScales[] scales)
    {
        OnnxModel model = builder.Build();
        LstmRewriter.Rewrite(model, [new RecurrentFormat("LSTM_y", scales[0], scales[1])]);
        return ModelWriter.Write(model);
    }

    private static float[] Run(byte[] model, int batch, SessionSettings? settings = null)
    {
        using IInferenceSession session = new VnniInference().Open(model, settings ?? new SessionSettings());
        return session.Run(session.Inputs.ToDictionary(i => i.Name, i => i.Type == ElementType.Bool ? Tensor.Scalar(true) : Random(i.Name, Steps, batch, Input)))[0].Span<float>().ToArray();
    }
}
