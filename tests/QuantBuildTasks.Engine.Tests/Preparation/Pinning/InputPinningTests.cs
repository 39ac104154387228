using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Pinning;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Pinning;

public sealed class InputPinningTests
{
    public static TheoryData<string, string, object> Values => new()
    {
        { "Int64", "16000", Tensor.Scalar(16000L) },
        { "Int32", "-7", Tensor.Scalar(-7) },
        { "UInt8", "255", Tensor.Scalar((byte)255) },
        { "Float32", "0.5", Tensor.Scalar(0.5f) },
        { "Float32", "-1e-3", Tensor.Scalar(-0.001f) },
        { "Float64", "1.25", Tensor.Scalar(1.25) },
        { "Float16", "0.25", Tensor.Scalar((Half)0.25f) },
        { "Bool", "True", Tensor.Scalar(true) },
        { "Bool", "0", Tensor.Scalar(false) },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void A_scalar_input_becomes_a_constant_of_its_type(string type, string text, object expected)
    {
        OnnxModel model = Scalar(Enum.Parse<ElementType>(type), new Shape());

        InputPinning.Apply(model, [new("p", text)], "m.onnx");

        AssertEqual((Tensor)expected, model.Graph.Find("p")!.Constant!);
        Assert.Equal(["x"], model.Graph.Inputs.Select(i => i.Name));
        Assert.Equal(["p"], ModelReader.Read(ModelWriter.Write(model)).Graph.Initializers.Select(i => i.Name));
    }

    [Fact]
    public void A_decimal_comma_of_the_culture_means_nothing()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            OnnxModel model = Scalar(ElementType.Float32, new Shape());
            InputPinning.Apply(model, [new("p", "1.5")], "m.onnx");

            AssertEqual(Tensor.Scalar(1.5f), model.Graph.Find("p")!.Constant!);
            Assert.Equal(Codes.BadPin, Refused(Scalar(ElementType.Float32, new Shape()), new Pin("p", "1,5")).Code);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    public static TheoryData<object[], string, long[]> Lists => new()
    {
        { [1L], "5", [1] },
        { ["N"], "5", [1] },
        { ["N", 1L], "5", [1, 1] },
        { [2L], "[5, 6]", [2] },
        { ["N"], "[5,6,7]", [3] },
        { [2L, "N"], "[1,2,3,4]", [2, 2] },
        { ["N"], "[]", [0] },
    };

    [Theory]
    [MemberData(nameof(Lists), DisableDiscoveryEnumeration = true)]
    public void A_list_fills_the_shape_of_the_input(object[] dims, string text, long[] expected)
    {
        OnnxModel model = Scalar(ElementType.Int64, new Shape([.. dims.Select(d => d is long size ? new Dimension(size) : new Dimension(null, (string)d))]));

        InputPinning.Apply(model, [new("p", text)], "m.onnx");

        Assert.Equal(expected, model.Graph.Find("p")!.Constant!.Dims);
    }

    [Theory]
    [InlineData("Int64", "16000.5", "whole number")]
    [InlineData("Int64", "fast", "takes int64")]
    [InlineData("Int64", "1e30", "whole number")]
    [InlineData("UInt8", "256", "in its range")]
    [InlineData("UInt8", "-1", "in its range")]
    [InlineData("Float32", "NaN", "finite")]
    [InlineData("Float32", "1e999", "finite")]
    [InlineData("Bool", "perhaps", "p=true")]
    [InlineData("BFloat16", "1", "cannot be pinned")]
    [InlineData("Undefined", "1", "no tensor")]
    [InlineData("Int64", "[1, 2]", "takes []")]
    public void A_value_that_is_not_of_the_input_type_or_shape_is_refused(string type, string text, string advice)
    {
        Diagnostic error = Refused(Scalar(Enum.Parse<ElementType>(type), new Shape()), new Pin("p", text));

        Assert.Equal((Codes.BadPin, "m.onnx"), (error.Code, error.File));
        Assert.Contains($"sets 'p' to \"{text}\"", error.Text, StringComparison.Ordinal);
        Assert.Contains(advice, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("[1, 2, 3]")]
    public void A_list_of_another_length_is_refused(string text) =>
        Assert.Contains("takes [2]", Refused(Scalar(ElementType.Int64, new Shape(2)), new Pin("p", text)).Text, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_is_nothing_is_refused_with_what_was_meant_and_what_there_is()
    {
        Diagnostic error = Refused(new ModelBuilder().Input("x", "batch", 3).Input("state", 1).Node("Relu", "x -> y").Output("y").Build(), new Pin("bacth", "1"));

        Assert.Equal(Codes.UnknownPin, error.Code);
        Assert.Contains("It has the inputs 'x', 'state' and the symbolic size 'batch'; a size without a name is written as input and axis, x[0]=1. Did you mean 'batch'?", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_inside_of_the_graph_is_not_what_can_be_pinned() =>
        Assert.Contains("the input 'x' and no symbolic sizes", Refused(new ModelBuilder().Input("x", 2).Node("Relu", "x -> y").Output("y").Build(), new Pin("y", "1")).Text, StringComparison.Ordinal);

    [Fact]
    public void Something_must_be_left_to_give() =>
        Assert.Contains("every input", Refused(new ModelBuilder().Input("x", 1).Node("Relu", "x -> y").Output("y").Build(), new Pin("x", "1")).Text, StringComparison.Ordinal);

    [Fact]
    public void An_input_with_a_default_can_be_pinned_to_another_value()
    {
        OnnxModel model = new ModelBuilder().Input("x", 2).Constant("rate", Tensor.Scalar(8000L)).Node("Relu", "x -> y").Output("y").Build();
        model.Graph.AddInput(model.Graph.Find("rate")!);

        IReadOnlyList<ModelPort> ports = InputPinning.Apply(model, [new("rate", "16000")], "m.onnx");

        AssertEqual(Tensor.Scalar(16000L), model.Graph.Find("rate")!.Constant!);
        Assert.Equal(["x"], ports.Select(p => p.Name));
    }

    [Fact]
    public void An_input_with_a_sparse_default_need_not_be_given()
    {
        OnnxModel model = new ModelBuilder().Input("x", 4).Input("w", 4).Input("rate", ElementType.Int64).Node("Add", "x w -> y").Output("y").Build();
        model.Graph.SetSparseInitializer(model.Graph.Find("w")!, new SparseTensor(Tensor.Of([1f], 1), Tensor.Of([2L], 1), [4]));

        Assert.Equal(["x", "rate"], InputPinning.Apply(model, [], "m.onnx").Select(p => p.Name));
        Assert.Contains("every input", Refused(model, new Pin("x", "[1, 2, 3, 4]"), new Pin("rate", "1")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_file_of_an_old_version_initializers_are_no_inputs()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 2).Weight("w", 2).Node("Add", "x w -> y").Output("y").IrVersion(3).Build();
        model.Graph.AddInput(model.Graph.Find("w")!);

        InputPinning.Apply(model, [new("N", "1")], "m.onnx");

        Assert.Equal(["x"], model.Graph.Inputs.Select(i => i.Name));
        Assert.Equal(4, model.IrVersion);
    }

    [Fact]
    public void The_pinned_model_computes_what_the_model_computes_for_that_value()
    {
        byte[] original = ModelWriter.Write(Scaled());
        OnnxModel model = Scaled();
        InputPinning.Apply(model, [new("factor", "[2.5]"), new("N", "2")], "m.onnx");
        Tensor x = Random("x", 2, 3);

        float[] expected = Run(original, ("x", x), ("factor", Tensor.Vector(2.5f)));

        Assert.Equal(expected, Run(ModelWriter.Write(model), ("x", x)));
    }

    [Fact]
    public void Ports_stand_in_the_order_of_the_inputs_and_tell_what_is_pinned()
    {
        IReadOnlyList<ModelPort> ports = InputPinning.Apply(Scaled(), [new("factor", "2")], "m.onnx");

        Assert.Equal(["factor", "x"], ports.Select(p => p.Name));
        AssertEqual(Tensor.Vector(2f), ports[0].Pinned!);
        Assert.Null(ports[1].Pinned);
    }

    [Fact]
    public void Without_pins_nothing_changes()
    {
        OnnxModel model = Scaled();
        byte[] before = ModelWriter.Write(model);

        IReadOnlyList<ModelPort> ports = InputPinning.Apply(model, [], "m.onnx");

        Assert.Equal(["factor", "x"], ports.Select(p => p.Name));
        Assert.Equal(before, ModelWriter.Write(model));
    }

    private static OnnxModel Scaled() => new ModelBuilder().Input("factor", 1).Input("x", "N", 3).Node("Mul", "x factor -> y").Output("y").Build();

    private static OnnxModel Scalar(ElementType type, Shape shape)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 2).Node("Relu", "x -> y").Output("y");
        builder.Graph.AddInput("p", type, shape);
        return builder.Build();
    }

    private static float[] Run(byte[] model, params (string Name, Tensor Value)[] inputs)
    {
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings());
        return session.Run(inputs.ToDictionary(i => i.Name, i => i.Value))[0].Span<float>().ToArray();
    }

    private static Diagnostic Refused(OnnxModel model, params Pin[] pins) => Assert.Throws<QuantException>(() => InputPinning.Apply(model, pins, "m.onnx")).Diagnostic;

    private static void AssertEqual(Tensor expected, Tensor actual)
    {
        Assert.Equal((expected.Type, string.Join(',', expected.Dims)), (actual.Type, string.Join(',', actual.Dims)));
        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
    }
}
