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
    public void A_symbolic_size_is_a_number_wherever_it_stood()
    {
        OnnxModel model = new ModelBuilder().Input("x", "batch", 3).Input("y", "batch", "other").Input("flag", ElementType.Bool)
            .Node("If", "flag -> z", ("then_branch", Body(b => b.Node("Relu", "x -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e")))).Output("z").Build();
        model.Graph.Find("z")!.Shape = new Shape("batch", 3);
        Value inner = model.Graph.Nodes[0].Subgraphs.First().Find("t")!;
        inner.Shape = new Shape("batch", 3);

        IReadOnlyList<ModelPort> ports = InputPinning.Apply(model, [new("batch", "2")], "m.onnx");

        Assert.Equal("[2, 3]", model.Graph.Find("x")!.Shape!.ToString());
        Assert.Equal("[2, other]", model.Graph.Find("y")!.Shape!.ToString());
        Assert.Equal("[2, 3]", model.Graph.Find("z")!.Shape!.ToString());
        Assert.Equal("[2, 3]", inner.Shape.ToString());
        Assert.Equal(["[2, 3]", "[2, other]", "[]"], ports.Select(p => p.Shape!.ToString()));
        Assert.All(ports, p => Assert.Null(p.Pinned));
    }

    [Fact]
    public void A_size_without_a_name_is_an_axis_of_its_input()
    {
        OnnxModel model = new ModelBuilder().Input("x", default(Dimension), 3).Input("y", "batch", default(Dimension)).Node("Relu", "x -> z").Output("z").Build();

        InputPinning.Apply(model, [new("x[0]", "2"), new("y[0]", "4"), new("x[1]", "3")], "m.onnx");

        Assert.Equal(["[2, 3]", "[4, ?]"], model.Graph.Inputs.Select(i => i.Shape!.ToString()));
    }

    [Theory]
    [InlineData("x[1]", "2", Codes.BadPin, "is [?, 3]")]
    [InlineData("x[2]", "2", Codes.UnknownPin, "neither")]
    [InlineData("z[0]", "2", Codes.UnknownPin, "x[0]=1")]
    [InlineData("x[", "2", Codes.UnknownPin, "neither")]
    public void An_axis_that_has_its_size_or_is_none_is_refused(string name, string value, string code, string text)
    {
        Diagnostic error = Refused(new ModelBuilder().Input("x", default(Dimension), 3).Node("Relu", "x -> z").Output("z").Build(), new Pin(name, value));

        Assert.Equal(code, error.Code);
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_length_of_a_pinned_list_holds_for_the_inputs_that_share_it()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Input("mask", ElementType.Int64, "N").Node("Relu", "x -> y").Output("y").Build();

        InputPinning.Apply(model, [new("mask", "[1, 1]")], "m.onnx");

        Assert.Equal("[2, 3]", model.Graph.Find("x")!.Shape!.ToString());
    }

    [Fact]
    public void Sizes_with_an_empty_name_are_not_one_size()
    {
        OnnxModel model = new ModelBuilder().Input("x", "", 3).Input("mask", ElementType.Int64, "").Input("ids", ElementType.Int64, "").Node("Relu", "x -> y").Output("y").Build();

        InputPinning.Apply(model, [new("mask", "[1, 1]"), new("ids", "[1, 1, 1]")], "m.onnx");

        Assert.Equal("[?, 3]", model.Graph.Find("x")!.Shape!.ToString());
    }

    [Fact]
    public void Two_sizes_for_one_name_are_refused()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Input("mask", ElementType.Int64, "N").Input("ids", ElementType.Int64, "N").Node("Relu", "x -> y").Output("y").Build();

        Diagnostic error = Refused(model, new Pin("N", "2"), new Pin("x[0]", "3"));

        Assert.Equal(Codes.BadPin, error.Code);
        Assert.Contains("'N' is 2 by \"N=2\", and 3 by \"x[0]=3\"", error.Text, StringComparison.Ordinal);
        Assert.Contains("takes [2]", Refused(model, new Pin("mask", "[1, 1]"), new Pin("ids", "[1, 1, 1]")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_is_known_before_a_list_is_measured_against_it() =>
        Assert.Contains("takes [3]", Refused(new ModelBuilder().Input("x", "N", 3).Input("mask", ElementType.Int64, "N").Node("Relu", "x -> y").Output("y").Build(), new Pin("mask", "[1, 1]"), new Pin("N", "3")).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("N=4611686018427387904", "s=[1]")]
    [InlineData("N=4611686018427387904")]
    [InlineData("N=9223372036854775807")]
    [InlineData("N=715827883")]
    [InlineData("y[0]=9223372036854775807")]
    public void Sizes_that_no_array_has_are_refused(params string[] pins)
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 3).Input("y", default(Dimension), 3).Input("s", ElementType.Int64, "N", 4).Node("Relu", "x -> z").Output("z").Build();

        Assert.Equal(Codes.BadPin, Refused(model, [.. pins.Select(p => new Pin(p[..p.IndexOf('=', StringComparison.Ordinal)], p[(p.IndexOf('=', StringComparison.Ordinal) + 1)..]))]).Code);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("any")]
    [InlineData("[1]")]
    public void A_size_that_is_none_is_refused(string text) =>
        Assert.Equal(Codes.BadPin, Refused(new ModelBuilder().Input("x", "batch", 3).Node("Relu", "x -> y").Output("y").Build(), new Pin("batch", text)).Code);

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
