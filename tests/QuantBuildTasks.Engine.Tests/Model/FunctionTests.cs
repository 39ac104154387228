using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class FunctionTests
{
    [Fact]
    public void All_parts_of_a_function_are_objects()
    {
        LocalFunction function = Assert.Single(ModelReader.Read(RichModel.Create().ToByteArray()).Functions);

        Assert.Equal(new FunctionId("org.example", "Twice", "second"), function.Id);
        Assert.Equal(["a", "unread"], function.Body.Inputs.Select(v => v.Name));
        Assert.Equal(["b", "flag"], function.Body.Outputs.Select(v => v.Name));
        Assert.Equal(["outer", "other"], function.Attributes);
        Assert.Equal(("axis", 2L), (function.Defaults[0].Name, function.Defaults[0].Value));
        Assert.Equal(17, function.Opsets[""]);
        Assert.Equal("doubles", function.DocString);
        Assert.Equal(("k", "v"), (function.Metadata[0].Key, function.Metadata[0].Value));
        Assert.Equal(["[2]", null], new[] { "a", "unread" }.Select(n => function.Body.Find(n)!.Shape?.ToString()));
        Assert.Equal("first", function.Body.Nodes[0].Overload);
        Assert.Equal("outer", function.Body.Nodes[1].Attribute("alpha")!.Reference);
        Assert.Contains(function.Body.Nodes[2].Subgraphs.First().Nodes[0], function.Body.Find("between")!.Uses.Select(u => u.Node));
    }

    [Fact]
    public void Fields_of_newer_versions_stay_in_functions()
    {
        ByteString unknown = ByteString.CopyFrom([0x9A, 0x06, 3, (byte)'n', (byte)'e', (byte)'w']);
        var function = FunctionProto.Parser.ParseFrom(new FunctionProto { Name = "f", Output = { "y" }, Node = { new NodeProto { OpType = "Any", Output = { "y" } } } }.ToByteString().Concat(unknown).ToArray());
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "g" }, Functions = { function } };

        Assert.Equal(model, ModelProto.Parser.ParseFrom(ModelWriter.Write(ModelReader.Read(model.ToByteArray()))));
    }

    [Theory]
    [InlineData("nowhere -> y", "'nowhere'")]
    [InlineData("a -> a", "'a'")]
    public void A_broken_body_is_refused_and_the_function_named(string edges, string named)
    {
        string[] sides = edges.Split(" -> ");
        var function = new FunctionProto { Name = "Broken", Domain = "local", Input = { "a" }, Output = { sides[1] }, Node = { new NodeProto { OpType = "Neg", Input = { sides[0] }, Output = { sides[1] } } } };
        byte[] file = new ModelProto { Graph = new GraphProto { Name = "g" }, Functions = { function } }.ToByteArray();

        string text = Assert.Throws<QuantException>(() => ModelReader.Read(file)).Diagnostic.Text;

        Assert.Contains("local.Broken", text, StringComparison.Ordinal);
        Assert.Contains(named, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_inside_a_body_is_refused()
    {
        var function = new FunctionProto
        {
            Name = "Round", Input = { "a" }, Output = { "y" },
            Node = { new NodeProto { OpType = "Add", Input = { "a", "y" }, Output = { "m" } }, new NodeProto { OpType = "Neg", Input = { "m" }, Output = { "y" } } },
        };

        Assert.Contains("Round", Assert.Throws<QuantException>(() => ModelReader.Read(new ModelProto { Graph = new GraphProto { Name = "g" }, Functions = { function } }.ToByteArray())).Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_call_each_other_are_named_in_their_order()
    {
        OnnxModel model = Start().Function("A", "a -> y", f => f.Call("B", "a -> y")).Function("B", "a -> y", f => f.Call("C", "a -> y")).Function("C", "a -> y", f => f.Call("B", "a -> y")).Build();

        Assert.Contains("local.B → local.C → local.B", Refusal(model, Codes.InvalidModel), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_chain_of_calls_needs_no_stack()
    {
        ModelBuilder builder = Start();
        for (int i = 0; i < 20_000; i++)
        {
            int next = i + 1;
            builder.Function($"F{i}", "a -> y", f => f.Call($"F{next}", "a -> y"));
        }

        builder.Function("F20000", "a -> y", f => f.Node("Neg", "a -> y"));

        ModelChecker.Check(builder.Call("F0", "x -> y").Build(), null);
    }

    [Fact]
    public void Functions_that_stand_for_too_many_nodes_are_refused_before_anything_is_built()
    {
        ModelBuilder builder = Start();
        for (int i = 0; i < 64; i++)
        {
            int next = i + 1;
            builder.Function($"F{i}", "a -> y", f => f.Call($"F{next}", "a -> m").Call($"F{next}", "m -> y"));
        }

        builder.Function("F64", "a -> y", f => f.Node("Neg", "a -> y")).Call("F0", "x -> y");

        Assert.Contains("nodes", Refusal(builder.Build(), Codes.ModelUnsupported), StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_stand_for_sub_graphs_too_deep_are_refused()
    {
        ModelBuilder builder = Start();
        for (int i = 0; i < 40; i++)
        {
            int next = i + 1;
            builder.Function($"F{i}", "a -> y", f => f.Node("If", "a -> y", ("then_branch", Body(b => b.Call($"F{next}", "a -> t").Output("t")))));
        }

        builder.Function("F40", "a -> y", f => f.Node("Neg", "a -> y")).Call("F0", "x -> y");

        Assert.Contains("40 sub-graphs", Refusal(builder.Build(), Codes.ModelUnsupported), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_to_no_attribute_of_the_function_is_refused() =>
        Assert.Contains("'slope'", Refusal(Start().Function("F", "a -> y", f => f.Node("LeakyRelu", "a -> y", ("alpha", Reference("slope", AttributeKind.Float))), attributes: "other").Build(), Codes.InvalidModel), StringComparison.Ordinal);

    [Fact]
    public void A_reference_outside_of_functions_is_refused() =>
        Assert.Contains("stands in none", Refusal(Start().Node("LeakyRelu", "x -> y", ("alpha", Reference("slope", AttributeKind.Float))).Build(), Codes.InvalidModel), StringComparison.Ordinal);

    [Fact]
    public void A_function_that_is_defined_twice_is_refused() =>
        Assert.Contains("twice", Refusal(Start().Function("F", "a -> y", f => f.Node("Neg", "a -> y")).Function("F", "a -> y", f => f.Node("Abs", "a -> y")).Build(), Codes.InvalidModel), StringComparison.Ordinal);

    [Fact]
    public void A_call_with_more_inputs_than_the_function_has_is_refused() =>
        Assert.Contains("2 inputs", Refusal(Start().Function("F", "a -> y", f => f.Node("Neg", "a -> y")).Call("F", "x x -> y").Build(), Codes.InvalidModel), StringComparison.Ordinal);

    [Fact]
    public void A_missing_operator_set_of_a_body_is_named()
    {
        OnnxModel model = Start().Function("F", "a -> y", f => f.Node("Neg", "a -> y")).Build();
        model.Functions[0].Opsets.Clear();

        Assert.Contains("ai.onnx", Refusal(model, Codes.InvalidModel), StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_operators_in_a_body_are_named_where_it_is_called_and_taken_where_it_is_not()
    {
        ModelBuilder builder = Start().Function("F", "a -> y", f => f.Node("org.example", "Fancy", "a -> y", []));
        ModelChecker.Check(builder.Build(), null);

        Assert.Contains("org.example.Fancy", Refusal(builder.Call("F", "x -> y").Build(), Codes.ModelUnsupported), StringComparison.Ordinal);
    }

    private static ModelBuilder Start() => new ModelBuilder().Input("x", 2);

    private static string Refusal(OnnxModel model, string code)
    {
        Diagnostic refusal = Assert.Throws<QuantException>(() => ModelChecker.Check(ModelReader.Read(ModelWriter.Write(model)), "m.onnx")).Diagnostic;
        Assert.Equal((code, "m.onnx"), (refusal.Code, refusal.File));
        return refusal.Text;
    }
}
