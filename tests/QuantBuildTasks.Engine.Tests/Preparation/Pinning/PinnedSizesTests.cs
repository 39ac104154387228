using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Pinning;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Pinning;

/// <summary>Sizes that a user fixes, by name or axis, or that follow from a list.</summary>
public sealed class PinnedSizesTests
{
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

    private static Diagnostic Refused(OnnxModel model, params Pin[] pins) => Assert.Throws<QuantException>(() => InputPinning.Apply(model, pins, "m.onnx")).Diagnostic;
}
