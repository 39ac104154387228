using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Equivalence;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Preparation.Layers;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed class PreparerTests
{
    private static readonly OrtInference Inference = new();

    [Fact]
    public void A_network_as_exporters_write_it_comes_out_in_few_nodes()
    {
        PreparedModel prepared = new Preparer(Inference).Run(Network());

        Assert.Equal(["Conv", "Clip", "GlobalAveragePool", "Flatten", "Gemm"], PassCheck.Operators(prepared.Model));
        Assert.True(prepared.Checked);
        Assert.Empty(prepared.Diagnostics);
        Assert.Contains(nameof(BatchNormFolding), prepared.Applied);
        Assert.All(prepared.Model.Graph.Nodes.SelectMany(n => n.Outputs), v => Assert.NotNull(v!.Shape));
    }

    [Fact]
    public void The_model_given_stays_as_it_is()
    {
        OnnxModel model = Network();
        byte[] before = ModelWriter.Write(model);

        new Preparer(Inference).Run(model);

        Assert.Equal(before, ModelWriter.Write(model));
    }

    [Fact]
    public void A_prepared_model_has_nothing_left_to_prepare()
    {
        OnnxModel once = new Preparer(Inference).Run(Network()).Model;
        OnnxModel twice = new Preparer(Inference).Run(once).Model;

        Assert.Equal(ModelWriter.Write(once), ModelWriter.Write(twice));
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes() =>
        Assert.Equal(ModelWriter.Write(new Preparer(Inference).Run(Network()).Model), ModelWriter.Write(new Preparer(Inference).Run(Network()).Model));

    [Fact]
    public void A_pass_that_changes_the_result_is_left_out_and_named()
    {
        var preparer = new Preparer(Inference, [new BatchNormFolding(), new DropsRelu(), new DeadNodeRemoval()]);

        PreparedModel prepared = preparer.Run(Network(), file: "models/net.onnx");

        Diagnostic finding = Assert.Single(prepared.Diagnostics);
        Assert.Equal(Codes.RewriteChangedResult, finding.Code);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Equal("models/net.onnx", finding.File);
        Assert.Contains(nameof(DropsRelu), finding.Text, StringComparison.Ordinal);
        Assert.Contains("'y'", finding.Text, StringComparison.Ordinal);
        Assert.Contains("Relu", PassCheck.Operators(prepared.Model));
        Assert.Equal([nameof(BatchNormFolding), nameof(DeadNodeRemoval)], prepared.Applied);
    }

    [Fact]
    public void A_pass_that_breaks_the_model_is_left_out_and_named()
    {
        PreparedModel prepared = new Preparer(Inference, [new BreaksConv()]).Run(Network());

        Assert.Contains("does not run", Assert.Single(prepared.Diagnostics).Text, StringComparison.Ordinal);
        Assert.Empty(prepared.Applied);
    }

    [Fact]
    public void A_given_sample_is_what_the_check_runs_on()
    {
        // The model runs on nothing but sequences of five: no guess would hit them.
        OnnxModel model = new ModelBuilder().Input("x", "N", "time").Constant("sizes", Tensor.Vector<long>(-1, 5)).Weight("w", 5, 2).Weight("b", 2)
            .Node("Reshape", "x sizes -> r").Node("Concat", "x r -> c", ("axis", 0)).Node("MatMul", "c w -> m").Node("Add", "m b -> y").Output("y").Build();

        Assert.False(new Preparer(Inference).Run(model).Checked);
        Assert.True(new Preparer(Inference).Run(model, new Dictionary<string, Tensor> { ["x"] = ModelBuilder.Random("x", 3, 5), ["labels"] = Tensor.Vector(1L) }).Checked);
    }

    [Fact]
    public void A_node_that_is_kept_stays_the_operator_that_it_is()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Weight("w", 3, 4).Weight("b", 4).Weight("v", 4, 2).Weight("d", 2)
            .Node("MatMul", "x w -> m").Node("Add", "m b -> a").Node("Tanh", "a -> t").Node("MatMul", "t v -> n").Node("Add", "n d -> y").Output("y").Build();

        Assert.Equal(["MatMul", "Add", "Tanh", "Gemm"], PassCheck.Operators(new Preparer(Inference, n => n.Name == "MatMul_m").Run(model).Model));
        Assert.Equal(["Gemm", "Tanh", "Gemm"], PassCheck.Operators(new Preparer(Inference).Run(model).Model));
        Assert.Equal("MatMul_m", new Preparer(Inference).Run(model).Model.Graph.Nodes[0].Name);
    }

    [Fact]
    public void What_rewrites_may_change_grows_with_their_number()
    {
        const int Layers = 150;
        var builder = new ModelBuilder().Input("x0", "N", 2, 4, 4);
        for (int i = 0; i < Layers; i++)
        {
            builder.Weight($"w{i}", 2, 2, 1, 1).PositiveWeight($"g{i}", 2).Weight($"b{i}", 2).Weight($"m{i}", 2).PositiveWeight($"v{i}", 2)
                .Node("Conv", $"x{i} w{i} -> c{i}").Node("BatchNormalization", $"c{i} g{i} b{i} m{i} v{i} -> x{i + 1}");
        }

        OnnxModel model = builder.Output($"x{Layers}").Build();
        var run = new PassSequence([new BatchNormFolding()]);
        run.Apply(ModelReader.Read(ModelWriter.Write(model)));

        Assert.InRange(run.Keeps.Tolerance, 50 * Fidelity.Rounding.Tolerance, Layers * Fidelity.Rounding.Tolerance);
        PreparedModel prepared = new Preparer(Inference).Run(model);
        Assert.Empty(prepared.Diagnostics);
        Assert.Equal(Layers, prepared.Model.Graph.Nodes.Count);
    }

    [Fact]
    public void A_float_input_that_is_a_size_is_checked_on_the_given_sample_alone()
    {
        // Where the length is drawn anew, it is no length of x, and the model does not run: it is no fault of model or sample.
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Input("lengths", 2).Weight("w", 3, 2).Weight("b", 2)
            .Node("Cast", "lengths -> sizes", ("to", (int)ElementType.Int64)).Node("Reshape", "x sizes -> r").Node("MatMul", "r w -> m").Node("Add", "m b -> y").Output("y").Build();
        var sample = new Dictionary<string, Tensor> { ["x"] = ModelBuilder.Random("x", 4, 3), ["lengths"] = Tensor.Vector(4f, 3f) };

        PreparedModel prepared = new Preparer(Inference).Run(model, sample);

        Assert.True(prepared.Checked);
        Assert.Empty(prepared.Diagnostics);
    }

    [Fact]
    public void Drawn_numbers_that_the_model_was_not_made_for_are_no_measure()
    {
        // log(x² − 1) and log|x² − 1| are one where |x| > 1, as in the sample, but not for numbers drawn between its ends.
        ModelBuilder Start() => new ModelBuilder().Input("x", "N", 1).Constant("one", Tensor.Scalar(1f)).Node("Mul", "x x -> s").Node("Sub", "s one -> m");
        OnnxModel model = Start().Node("Log", "m -> y").Output("y").Build();
        OnnxModel other = Start().Node("Abs", "m -> a").Node("Log", "a -> y").Output("y").Build();
        var sample = new Dictionary<string, Tensor> { ["x"] = Tensor.Of([.. Enumerable.Range(0, 64).Select(i => i % 2 == 0 ? 4f : -4f)], 64, 1) };

        Assert.Null(EquivalenceCheck.Of(model, sample, Inference)!.Compare(other, Fidelity.BitExact));
    }

    [Fact]
    public void Random_outputs_are_no_reason_to_distrust_a_pass()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Node("RandomNormalLike", "x -> noise").Node("Identity", "x -> i").Node("Add", "i noise -> y").Output("y").Build();

        Assert.Empty(new Preparer(Inference).Run(model).Diagnostics);
    }

    [Fact]
    public void Old_operator_set_is_brought_to_one_that_can_be_quantized()
    {
        OnnxModel model = new ModelBuilder(9).Input("x", "N", 4).Node("Softmax", "x -> y").Output("y").Build();

        PreparedModel prepared = new Preparer(new OrtInference()).Run(model);

        Assert.Equal((9, Preparer.LowestOpset), (model.Opset, prepared.Model.Opset));
        Assert.True(prepared.Checked);
    }

    [Fact]
    public void An_operator_set_of_the_future_is_refused_with_the_file_named()
    {
        QuantException error = Assert.Throws<QuantException>(() => new Preparer(Inference).Run(new ModelBuilder(999).Input("x", 1).Node("Relu", "x -> y").Output("y").Build(), file: "new.onnx"));

        Assert.Equal(Codes.ModelUnsupported, error.Diagnostic.Code);
        Assert.Equal("new.onnx", error.Diagnostic.File);
    }

    private static OnnxModel Network() => new ModelBuilder()
        .Input("x", "N", 3, 8, 8).Weight("w", 4, 3, 3, 3)
        .Weight("gamma", 4).Weight("beta", 4).Weight("mean", 4).PositiveWeight("var", 4).Weight("w2", 2, 4).Weight("b2", 2)
        .Node("Constant", "-> six", ("value_float", 6f)).Node("Constant", "-> pads", ("value_ints", Ints(0, 0, 1, 1, 0, 0, 1, 1)))
        .Node("Pad", "x pads -> p")
        .Node("Conv", "p w -> c").Node("BatchNormalization", "c gamma beta mean var -> n").Node("Dropout", "n -> d")
        .Node("Relu", "d -> r").Node("Min", "r six -> a")
        .Node("ReduceMean", "a -> g", ("axes", Ints(2, 3)), ("keepdims", 0))
        .Node("Transpose", "w2 -> t").Node("MatMul", "g t -> m").Node("Add", "m b2 -> y")
        .Output("y").Build();

    private sealed class DropsRelu : NodePass
    {
        public override string Name => nameof(DropsRelu);

        public override Fidelity Keeps => Fidelity.BitExact;

        protected override Outcome Visit(Node node, OnnxModel model) =>
            node.Is("Relu") && node.Graph.TryBypass(node, node.Input(0)!) ? Outcome.Rewritten : Outcome.NoMatch;
    }

    private sealed class BreaksConv : NodePass
    {
        public override string Name => nameof(BreaksConv);

        public override Fidelity Keeps => Fidelity.BitExact;

        protected override Outcome Visit(Node node, OnnxModel model)
        {
            if (!node.Is("Conv") || node.IntAttribute("group", 1) == 2)
            {
                return Outcome.NoMatch;
            }

            node.SetAttribute(NodeAttribute.Of("group", 2L));
            return Outcome.Rewritten;
        }
    }
}
