using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using static QuantBuildTasks.Engine.Model.Serialization.Onnx.AttributeProto.Types;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class ModelCheckerTests
{
    [Fact]
    public void A_custom_operator_is_named_with_its_domain()
    {
        Diagnostic refusal = Refusal(With(new NodeProto { Name = "n", OpType = "Fancy", Domain = "org.example", Output = { "y" } }, "org.example"));

        Assert.Equal(Codes.ModelUnsupported, refusal.Code);
        Assert.Contains("org.example.Fancy", refusal.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("com.microsoft")]
    [InlineData("ai.onnx.ml")]
    public void Operators_that_ONNX_Runtime_brings_are_taken(string domain) =>
        ModelChecker.Check(ModelReader.Read(With(new NodeProto { OpType = "Any", Domain = domain, Output = { "y" } }).ToByteArray()), null);

    [Fact]
    public void An_operator_that_the_model_defines_as_a_function_is_taken()
    {
        ModelProto model = With(new NodeProto { OpType = "Twice", Domain = "org.example", Output = { "y" } }, "org.example");
        model.Functions.Add(new FunctionProto
        {
            Name = "Twice", Domain = "org.example", Output = { "b" }, Node = { new NodeProto { OpType = "Constant", Output = { "b" } } }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
        });

        ModelChecker.Check(ModelReader.Read(model.ToByteArray()), null);
    }

    [Fact]
    public void A_missing_operator_set_is_named()
    {
        ModelProto model = With(new NodeProto { Name = "n", OpType = "Relu", Output = { "y" } });
        model.OpsetImport.Clear();

        AssertInvalid(model, "'n'", "opset_import");
    }

    [Fact]
    public void An_attribute_that_holds_another_type_names_node_and_attribute() =>
        AssertInvalid(With(new NodeProto { Name = "n", OpType = "Concat", Output = { "y" }, Attribute = { new AttributeProto { Name = "axis", Type = AttributeType.Int, Floats = { 1 } } } }), "'n'", "'axis'");

    [Fact]
    public void An_attribute_of_no_type_names_node_and_attribute() =>
        AssertInvalid(With(new NodeProto { Name = "n", OpType = "Concat", Output = { "y" }, Attribute = { new AttributeProto { Name = "axis" } } }), "'n'", "'axis'");

    [Fact]
    public void An_attribute_that_stands_twice_names_node_and_attribute() =>
        AssertInvalid(With(new NodeProto { Name = "n", OpType = "Concat", Output = { "y" }, Attribute = { Axis(), Axis() } }), "'n'", "'axis'");

    [Theory]
    [InlineData("Concat", "axis", 1, "Int")]
    [InlineData("Transpose", "perm", 2, "Ints")]
    [InlineData("LeakyRelu", "alpha", 7, "Float")]
    [InlineData("If", "then_branch", 3, "Graph")]
    public void An_attribute_of_another_type_than_the_operator_takes_names_node_attribute_and_type(string op, string attribute, int type, string expected) =>
        AssertInvalid(With(new NodeProto { Name = "n", OpType = op, Output = { "y" }, Attribute = { new AttributeProto { Name = attribute, Type = (AttributeType)type } } }), "'n'", $"'{attribute}'", expected);

    [Fact]
    public void Operators_of_other_sets_name_their_attributes_as_they_like() =>
        ModelChecker.Check(ModelReader.Read(With(new NodeProto { OpType = "Any", Domain = "com.microsoft", Output = { "y" }, Attribute = { new AttributeProto { Name = "axis", Type = AttributeType.Float, F = 1 } } }).ToByteArray()), null);

    [Fact]
    public void An_initializer_without_a_type_is_named()
    {
        ModelProto model = With(new NodeProto { OpType = "Relu", Input = { "w" }, Output = { "y" } });
        model.Graph.Initializer.Add(new TensorProto { Name = "w" });

        AssertInvalid(model, "'w'", "data_type");
    }

    [Fact]
    public void An_initializer_of_another_type_than_its_input_is_named()
    {
        ModelProto model = With(new NodeProto { OpType = "Relu", Input = { "w" }, Output = { "y" } });
        model.Graph.Input.Add(new ValueInfoProto { Name = "w", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } } });
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 7, Dims = { 1 }, Int64Data = { 3 } });

        AssertInvalid(model, "'w'", "Int64", "Float32");
    }

    [Fact]
    public void An_attribute_in_a_nested_graph_names_the_innermost_node()
    {
        var inner = new NodeProto { Name = "inside", OpType = "Concat", Output = { "z" }, Attribute = { Axis(), Axis() } };
        var branch = new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = new GraphProto { Node = { inner } } };

        AssertInvalid(With(new NodeProto { Name = "outside", OpType = "If", Output = { "y" }, Attribute = { branch } }), "'inside'", "'axis'");
    }

    [Theory]
    [InlineData(1L << 40, 1L << 40, 0L)]
    [InlineData(0L, 1L << 62, 1L << 62)]
    [InlineData(long.MaxValue, 1L, 1L)]
    public void Sizes_that_overflow_name_the_value(params long[] sizes)
    {
        ModelProto model = With(new NodeProto { OpType = "Relu", Input = { "x" }, Output = { "y" } });
        var shape = new TensorShapeProto { Dim = { sizes.Select(s => new TensorShapeProto.Types.Dimension { DimValue = s }) } };
        model.Graph.Input.Add(new ValueInfoProto { Name = "x", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1, Shape = shape } } });

        AssertInvalid(model, "'x'");
    }

    [Fact]
    public void A_Split_without_one_of_its_outputs_is_refused_before_ONNX_Runtime_dies_of_it() =>
        AssertInvalid(With(new NodeProto { Name = "n", OpType = "Split", Output = { "a", "" } }), "'n'", "output");

    [Fact]
    public void A_name_that_is_too_long_is_not_repeated_whole()
    {
        Diagnostic refusal = Refusal(With(new NodeProto { OpType = "Relu", Output = { new string('y', 1 << 20) } }));

        Assert.Equal(Codes.InvalidModel, refusal.Code);
        Assert.InRange(refusal.Text.Length, 1, 1000);
    }

    private static AttributeProto Axis() => new() { Name = "axis", Type = AttributeType.Int, I = 1 };

    private static ModelProto With(NodeProto node, params string[] domains) => new()
    {
        IrVersion = 8,
        OpsetImport = { domains.Append("").Select(d => new OperatorSetIdProto { Domain = d, Version = 17 }) },
        Graph = new GraphProto { Name = "g", Node = { node } },
    };

    private static void AssertInvalid(ModelProto model, params string[] named)
    {
        Diagnostic refusal = Refusal(model);
        Assert.Equal(Codes.InvalidModel, refusal.Code);
        Assert.All(named, name => Assert.Contains(name, refusal.Text, StringComparison.Ordinal));
    }

    private static Diagnostic Refusal(ModelProto model) => Assert.Throws<QuantException>(() => ModelChecker.Check(ModelReader.Read(model.ToByteArray(), "m.onnx"), "m.onnx")).Diagnostic;
}
