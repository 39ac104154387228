using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Tool.Tests.Commands;

public sealed class InspectCommandTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Inspect_shows_ports_operators_and_sizes()
    {
        var graph = new Graph("g");
        Value x = graph.AddInput("bild", ElementType.Float32, new Shape("batch", 4));
        Value w = graph.AddInitializer("w", Tensor.Of(new float[12], 4, 3));
        Value y = graph.Append("MatMul", "y", [x, w]);
        graph.AddOutput(graph.Append("HardSwish", "z", [y]));
        var model = new OnnxModel(graph) { IrVersion = 8 };
        model.Opsets[""] = 17;
        File.WriteAllBytes(Path.Combine(_place.Folder, "m.onnx"), ModelWriter.Write(model));

        Assert.Equal(0, _place.Run("inspect", "m.onnx", "--nodes"));

        Assert.Equal(
            """
            ONNX IR 8, opset ai.onnx 17

            Inputs
              bild  float32  [batch, 4]

            Outputs
              z  no tensor  ?

            Stored: 12 floating-point parameters
              float32  48 bytes

            Operators: 2 nodes
              HardSwish  1
              MatMul     1  integer kernel: x64-vnni, x64-avx2, arm64

            x64-vnni: 1 of 2 nodes have an operator with an integer kernel.
            x64-avx2: 1 of 2 nodes have an operator with an integer kernel.
            arm64: 1 of 2 nodes have an operator with an integer kernel.

            Nodes
              MatMul     y
              HardSwish  z

            """.ReplaceLineEndings(),
            _place.Output);
    }

    /// <summary>Those are the names that --keep-float takes, and the operators that run.</summary>
    [Fact]
    public void Inspect_shows_the_nodes_of_functions_in_the_place_of_calls_and_their_constants_once()
    {
        var body = new Graph("Scaled");
        Value a = body.AddInput("a", ElementType.Undefined, null);
        Value w = body.AddValue("w");
        body.Insert(0, "Constant", "", "w", [], [w], NodeAttribute.Of("value", Tensor.Of(new float[4], 4)));
        Value b = body.AddValue("b");
        body.Insert(1, "Mul", "", "scale", [a, w], [b]);
        body.AddOutput(b);
        var function = new LocalFunction(new FunctionId("local", "Scaled", ""), body);
        function.Opsets[""] = 17;
        var graph = new Graph("g");
        Value x = graph.AddInput("x", ElementType.Float32, new Shape("batch", 4));
        Value y = graph.AddValue("y");
        graph.Insert(0, "Scaled", "local", "first", [x], [y]);
        Value z = graph.AddValue("z");
        graph.Insert(1, "Scaled", "local", "second", [y], [z]);
        graph.AddOutput(z);
        var model = new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17, ["local"] = 1 } };
        model.Functions.Add(function);
        File.WriteAllBytes(Path.Combine(_place.Folder, "m.onnx"), ModelWriter.Write(model));

        Assert.Equal(0, _place.Run("inspect", "m.onnx", "--nodes"));

        string[] lines = [.. _place.Output.Split('\n').Select(l => l.Trim())];
        Assert.Contains("ONNX IR 8, opset ai.onnx 17, local 1", lines);
        Assert.Contains("Stored: 4 floating-point parameters", lines);
        Assert.Contains("Operators: 4 nodes", lines);
        Assert.Equal(["Constant  first/w", "Mul       first/scale", "Constant  second/w", "Mul       second/scale"], lines.SkipWhile(l => l != "Nodes").Skip(1).Where(l => l.Length > 0));
    }

    [Fact]
    public void Inspecting_what_is_no_model_says_so()
    {
        Assert.Equal(2, _place.Run("inspect", "none.onnx"));
        Assert.Contains("none.onnx : error QBT1001", _place.Errors, StringComparison.Ordinal);

        _place.Write("pointer.onnx", "version https://git-lfs.github.com/spec/v1\n");
        Assert.Equal(2, _place.Run("inspect", "pointer.onnx"));
        Assert.Contains("pointer.onnx : error QBT1003", _place.Errors, StringComparison.Ordinal);
    }
}
