using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Functions;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Functions;

/// <summary>ONNX Runtime knows functions: what it computes for the model with calls is the oracle for the model without.</summary>
public sealed class FunctionInlinerTests
{
    [Fact]
    public void The_body_stands_in_the_place_of_the_call_under_its_name()
    {
        OnnxModel model = Inline(new ModelBuilder().Function("Scaled", "a b -> y", f => f.Node("Mul", "a b -> m").Node("Relu", "m -> y"))
            .Input("x", "N", 3).Weight("w", 3).Node("Neg", "x -> n").Call("Scaled", "n w -> s").Node("Abs", "s -> y").Output("y").Build());

        Assert.Equal(["Neg_n", "Scaled_s/Mul_m", "Scaled_s/Relu_y", "Abs_y"], model.Graph.Nodes.Select(n => n.Name));
        Assert.Equal(["n", "Scaled_s/m", "s", "y"], model.Graph.Nodes.Select(n => n.Output().Name));
        Assert.Empty(model.Functions);
        Assert.Equal([""], model.Opsets.Keys);
    }

    [Fact]
    public void Nodes_without_names_are_called_after_their_operators_and_the_calls_output()
    {
        ModelBuilder builder = new ModelBuilder().Function("Twice", "a -> y", f => f.Node("Neg", "a -> m").Node("Neg", "m -> y")).Input("x", 2).Call("Twice", "x -> y").Output("y");
        foreach (Node node in builder.Build().Functions[0].Body.Nodes.Concat(builder.Graph.Nodes))
        {
            node.Name = "";
        }

        Assert.Equal(["Twice_y/Neg", "Twice_y/Neg_1"], Inline(builder.Build()).Graph.Nodes.Select(n => n.Name));
    }

    /// <summary>ONNX Runtime refuses a graph with two nodes of one name.</summary>
    [Fact]
    public void A_name_that_another_node_has_gets_a_number()
    {
        OnnxModel model = new ModelBuilder().Function("Twice", "a -> y", f => f.Node("Neg", "a -> m").Node("Abs", "m -> y"))
            .Input("x", 2).Node("Elu", "x -> e").Call("Twice", "e -> v")
            .Node("ReduceMax", "v -> r", ("keepdims", 0L)).Node("IsNaN", "r -> flag")
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Neg", "v -> t").Output("t"))), ("else_branch", Body(b => b.Node("Abs", "v -> f").Output("f"))))
            .Output("y").Build();
        Node[] nodes = [.. model.Graph.Nodes];
        (nodes[0].Name, nodes[1].Name) = ("call/Neg_m", "call");
        nodes[^1].Subgraphs.First().Nodes[0].Name = "call/Abs_y";

        string[] names = [.. Inline(model).Graph.Nodes.Select(n => n.Name)];

        Assert.Equal(["call/Neg_m", "call/Neg_m_1", "call/Abs_y_1"], names[..3]);
    }

    [Fact]
    public void Each_call_gets_values_of_its_own_and_the_same_model_the_same_bytes()
    {
        ModelBuilder Build() => new ModelBuilder().Function("Twice", "a -> y", f => f.Node("Neg", "a -> m").Node("Neg", "m -> y"))
            .Input("x", 2).Call("Twice", "x -> u").Call("Twice", "u -> v").Node("Add", "u v -> y").Output("y");

        OnnxModel model = Inline(Build().Build());

        Assert.Equal(5, model.Graph.Nodes.Count);
        Assert.Equal(ModelWriter.Write(model), ModelWriter.Write(Inline(Build().Build())));
    }

    [Fact]
    public void Attributes_come_from_the_call_else_from_the_function_else_they_are_absent()
    {
        OnnxModel model = Inline(new ModelBuilder()
            .Function(
                "Leaky",
                "a -> y",
                f => f.Node("LeakyRelu", "a -> l", ("alpha", Reference("slope", AttributeKind.Float))).Node("Elu", "l -> y", ("alpha", Reference("curve", AttributeKind.Float))),
                attributes: "slope",
                defaults: NodeAttribute.Of("curve", 2f))
            .Input("x", 4).Call("Leaky", "x -> u", ("slope", 0.5f)).Call("Leaky", "u -> y", ("curve", 3f)).Output("y").Build());

        Node[] nodes = [.. model.Graph.Nodes];
        Assert.Equal(0.5f, nodes[0].FloatAttribute("alpha", 0));
        Assert.Equal(2f, nodes[1].FloatAttribute("alpha", 0));
        Assert.Null(nodes[2].Attribute("alpha"));
        Assert.Equal(3f, nodes[3].FloatAttribute("alpha", 0));
        Assert.All(nodes.SelectMany(n => n.Attributes), a => Assert.Null(a.Reference));
    }

    [Fact]
    public void An_input_that_the_call_leaves_out_is_left_out_inside()
    {
        OnnxModel model = Inline(new ModelBuilder().Function("Limit", "a low high -> y", f => f.Node("Clip", "a low high -> y"))
            .Input("x", 4).Constant("top", Tensor.Scalar(0.5f)).Call("Limit", "x _ top -> u").Call("Limit", "u -> y").Output("y").Build());

        Assert.Equal([3, 1], model.Graph.Nodes.Select(n => n.Inputs.Count));
        Assert.Null(model.Graph.Nodes[0].Input(1));
    }

    [Fact]
    public void Outputs_that_the_call_leaves_out_stay_inside_and_an_input_that_is_an_output_is_passed_on()
    {
        // ONNX Runtime takes no function that gives an input on.
        OnnxModel model = InlineLike(
            new ModelBuilder().Input("x", 4).Input("z", 4).Node("Abs", "z -> u").Node("Add", "u x -> y").Output("y"),
            new ModelBuilder().Function("Parts", "a b -> n m a", f => f.Node("Neg", "a -> n").Node("Abs", "b -> m"))
                .Input("x", 4).Input("z", 4).Call("Parts", "x z -> _ u v").Node("Add", "u v -> y").Output("y"));

        Assert.Equal(["Neg", "Abs", "Identity", "Add"], PassCheck.Operators(model));
        Assert.Equal("Parts__/n", model.Graph.Nodes[0].Output().Name);
    }

    [Fact]
    public void Functions_that_call_functions_are_replaced_down_to_operators()
    {
        OnnxModel model = Inline(new ModelBuilder()
            .Function("Inner", "a -> y", f => f.Node("Elu", "a -> y", ("alpha", Reference("alpha", AttributeKind.Float))), attributes: "alpha")
            .Function("Outer", "a -> y", f => f.Call("Inner", "a -> m", ("alpha", Reference("curve", AttributeKind.Float))).Call("Inner", "m -> y", ("alpha", 3f)), attributes: "curve")
            .Input("x", 4).Call("Outer", "x -> y", ("curve", 0.25f)).Output("y").Build());

        Assert.Equal(["Outer_y/Inner_m/Elu_y", "Outer_y/Inner_y/Elu_y"], model.Graph.Nodes.Select(n => n.Name));
        Assert.Equal([0.25f, 3f], model.Graph.Nodes.Select(n => n.FloatAttribute("alpha", 0)));
    }

    [Fact]
    public void Calls_in_branches_and_branches_in_functions_are_followed()
    {
        OnnxModel model = Inline(new ModelBuilder()
            .Function(
                "Choose",
                "flag a -> y",
                f => f.Node("Neg", "a -> n").Node(
                    "If",
                    "flag -> y",
                    ("then_branch", Body(b => b.Node("Elu", "n -> t", ("alpha", Reference("curve", AttributeKind.Float))).Output("t"))),
                    ("else_branch", Body(b => b.Node("Add", "n a -> e").Output("e")))),
                attributes: "curve")
            .Input("flag", ElementType.Bool).Input("x", 4)
            .Node(
                "If",
                "flag -> u",
                ("then_branch", Body(b => b.Call("Choose", "flag x -> c", ("curve", 2f)).Output("c"))),
                ("else_branch", Body(b => b.Node("Abs", "x -> d").Output("d"))))
            .Call("Choose", "flag u -> y", ("curve", 0.5f)).Output("y").Build());

        Graph[] graphs = [.. model.Graph.SelfAndSubgraphs()];
        Assert.Equal(7, graphs.Length);
        Assert.DoesNotContain(graphs.SelectMany(g => g.Nodes), n => n.Domain.Length > 0);
        Assert.Equal([2f, 0.5f], graphs.SelectMany(g => g.Nodes).Where(n => n.Is("Elu")).Select(n => n.FloatAttribute("alpha", 0)).OrderDescending());
    }

    [Fact]
    public void A_body_in_an_older_operator_set_is_brought_to_the_models()
    {
        // Softmax flattened to a matrix before version 13, and Unsqueeze had its axes as an attribute, which the call gives here.
        ModelBuilder builder = new ModelBuilder(17)
            .Function(
                "Old",
                "a -> y",
                f => f.Node("Softmax", "a -> s", ("axis", 1)).Node("Unsqueeze", "s -> y", ("axes", Reference("axes", AttributeKind.Ints))),
                attributes: "axes",
                opset: 11)
            .Input("x", 2, 3, 4).Call("Old", "x -> y", ("axes", Ints(0))).Output("y");

        OnnxModel model = InlineLike(new ModelBuilder(11).Input("x", 2, 3, 4).Node("Softmax", "x -> s", ("axis", 1)).Node("Unsqueeze", "s -> y", ("axes", Ints(0))).Output("y"), builder);

        Assert.Equal(17, model.Opset);
        Assert.Equal([0L], model.Graph.Nodes[^1].Input(1)!.Constant!.Span<long>().ToArray());
    }

    [Fact]
    public void A_constant_that_the_call_gives_is_one_for_the_upgrade_of_the_body()
    {
        ModelBuilder builder = new ModelBuilder(11)
            .Function("Larger", "a scales -> y", f => f.Node("Upsample", "a scales -> y"), opset: 9)
            .Input("x", 1, 1, 2, 2).Constant("twice", Tensor.Vector(1f, 1f, 2f, 2f)).Call("Larger", "x twice -> y").Output("y");

        OnnxModel model = InlineLike(new ModelBuilder(9).Input("x", 1, 1, 2, 2).Constant("twice", Tensor.Vector(1f, 1f, 2f, 2f)).Node("Upsample", "x twice -> y").Output("y"), builder);

        Assert.Contains("Resize", PassCheck.Operators(model));
        Assert.NotEmpty(model.Graph.Find("twice")!.Uses);
    }

    [Fact]
    public void A_model_in_an_older_operator_set_than_its_function_is_brought_to_the_functions()
    {
        ModelBuilder builder = new ModelBuilder(11)
            .Function("New", "a axes -> y", f => f.Node("Unsqueeze", "a axes -> y"), opset: 17)
            .Input("x", 2, 3).Constant("axes", Tensor.Vector(0L)).Node("Softmax", "x -> s", ("axis", 0)).Call("New", "s axes -> y").Output("y");

        OnnxModel model = InlineLike(new ModelBuilder(11).Input("x", 2, 3).Node("Softmax", "x -> s", ("axis", 0)).Node("Unsqueeze", "s -> y", ("axes", Ints(0))).Output("y"), builder);

        Assert.Equal(17, model.Opset);
    }

    [Fact]
    public void Operator_sets_newer_than_the_upgrade_knows_are_taken_as_the_models()
    {
        OnnxModel model = new ModelBuilder(98).Function("New", "a -> y", f => f.Node("Relu", "a -> y"), opset: 99).Input("x", 2).Call("New", "x -> y").Output("y").Build();

        FunctionInliner.Run(model, null);

        Assert.Equal(98, model.Opset);
        Assert.Equal(["Relu"], PassCheck.Operators(model));
    }

    [Fact]
    public void Overloads_are_told_apart()
    {
        ModelBuilder builder = new ModelBuilder().IrVersion(10)
            .Function("Any", "a -> y", f => f.Node("Neg", "a -> y"), overload: "negative").Function("Any", "a -> y", f => f.Node("Exp", "a -> y"), overload: "exponential").Input("x", 2);
        Value result = builder.Graph.AddValue("y");
        builder.Graph.Insert(0, new FunctionId("local", "Any", "exponential"), "call", [builder.Graph.Find("x")], [result]);
        builder.Build().Opsets["local"] = 1;

        Assert.Equal(["Exp"], PassCheck.Operators(Inline(builder.Output("y").Build())));
    }

    [Fact]
    public void A_function_of_the_name_of_an_operator_goes_before_it()
    {
        OnnxModel model = new ModelBuilder().Function("Relu", "a -> y", f => f.Node("Abs", "a -> y")).Input("x", 2).Call("Relu", "x -> u").Node("Relu", "u -> y").Output("y").Build();

        Assert.Equal(["Abs", "Relu"], PassCheck.Operators(Inline(model)));
    }

    [Fact]
    public void Operator_sets_of_a_body_are_imported()
    {
        OnnxModel model = new ModelBuilder().Function("Own", "a -> y", f => f.Node("com.microsoft", "Gelu", "a -> y", [])).Input("x", 2).Call("Own", "x -> y").Output("y").Build();
        model.Opsets.Remove("com.microsoft");

        Assert.Equal(["", "com.microsoft"], Inline(model).Opsets.Keys);
    }

    [Fact]
    public void Of_other_domains_the_models_version_counts()
    {
        OnnxModel model = new ModelBuilder().Function("Own", "a -> y", f => f.Node("ai.onnx.ml", "Binarizer", "a -> y", [])).Input("x", 2).Call("Own", "x -> y").Output("y").Build();
        model.Opsets["ai.onnx.ml"] = 3;

        Assert.Equal(3, Inline(model).Opsets["ai.onnx.ml"]);
    }

    [Fact]
    public void An_output_that_needs_an_input_that_is_left_out_is_refused()
    {
        OnnxModel model = new ModelBuilder().Function("Pass", "a b -> y b", f => f.Node("Neg", "a -> y")).Input("x", 2).Call("Pass", "x -> u v").Node("Add", "u v -> y").Output("y").Build();

        Assert.Contains("'v'", Refusal(model, Codes.ModelUnsupported), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attribute_of_another_type_than_the_function_takes_is_refused()
    {
        OnnxModel model = new ModelBuilder().Function("Leaky", "a -> y", f => f.Node("LeakyRelu", "a -> y", ("alpha", Reference("slope", AttributeKind.Float))), attributes: "slope")
            .Input("x", 2).Call("Leaky", "x -> y", ("slope", 1)).Output("y").Build();

        Assert.Contains("'slope'", Refusal(model, Codes.InvalidModel), StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_in_a_function_is_prepared_as_one_in_the_graph()
    {
        OnnxModel model = new ModelBuilder(11)
            .Function("Block", "a w g b m v -> y", f => f.Node("Conv", "a w -> c", ("pads", Reference("pads", AttributeKind.Ints))).Node("BatchNormalization", "c g b m v -> n").Node("Relu", "n -> y"), attributes: "pads")
            .Input("x", "N", 2, 6, 6).Weight("w", 2, 2, 3, 3).PositiveWeight("g", 2).Weight("b", 2).Weight("m", 2).PositiveWeight("v", 2)
            .Call("Block", "x w g b m v -> u", ("pads", Ints(1, 1, 1, 1))).Call("Block", "u w g b m v -> y", ("pads", Ints(0, 0, 0, 0))).Output("y").Build();

        PreparedModel prepared = new Preparer(new Engine.Inference.OrtInference()).Run(model);

        Assert.Equal(["Conv", "Relu", "Conv", "Relu"], PassCheck.Operators(prepared.Model));
        Assert.Equal(["Block_u/Conv_c", "Block_y/Conv_c"], prepared.Model.Graph.Nodes.Where(n => n.Is("Conv")).Select(n => n.Name));
        Assert.True(prepared.Checked);
        Assert.Equal(nameof(FunctionInliner), prepared.Applied[0]);
        Assert.Equal(2, model.Graph.Nodes.Count);
    }

    /// <summary>For files of which ONNX Runtime makes something else: it must give what a model without functions gives.</summary>
    private static OnnxModel InlineLike(ModelBuilder expected, ModelBuilder builder)
    {
        OnnxModel inlined = builder.BuildAsFile();
        Assert.True(FunctionInliner.Run(inlined, "m.onnx"));
        PassCheck.AssertEqualResults(ModelWriter.Write(expected.Build()), ModelWriter.Write(inlined), Fidelity.KernelOrder);
        return inlined;
    }

    private static OnnxModel Inline(OnnxModel model)
    {
        byte[] before = ModelWriter.Write(model);
        OnnxModel inlined = ModelReader.Read(before);
        Assert.True(FunctionInliner.Run(inlined, "m.onnx"));
        byte[] after = ModelWriter.Write(inlined);
        PassCheck.AssertEqualResults(before, after, Fidelity.KernelOrder);
        Assert.False(FunctionInliner.Run(inlined, "m.onnx"));
        return ModelReader.Read(after);
    }

    private static string Refusal(OnnxModel model, string code)
    {
        Diagnostic refusal = Assert.Throws<QuantException>(() => FunctionInliner.Run(ModelReader.Read(ModelWriter.Write(model)), "m.onnx")).Diagnostic;
        Assert.Equal((code, "m.onnx"), (refusal.Code, refusal.File));
        return refusal.Text;
    }
}
