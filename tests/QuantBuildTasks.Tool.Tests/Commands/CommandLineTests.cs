using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Tool.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Help_names_every_command_and_option_with_defaults_and_an_example()
    {
        Assert.Equal(0, _place.Run("--help"));

        Assert.Contains("dotnet quant <model>", _place.Output, StringComparison.Ordinal);
        Assert.Contains("dotnet quant fashion.onnx --calibration", _place.Output, StringComparison.Ordinal);
        Assert.Contains("inspect <model>", _place.Output, StringComparison.Ordinal);
        Assert.Contains("run <request>", _place.Output, StringComparison.Ordinal);
        string documentation = Documentation();
        foreach (string option in new[]
        {
            "--calibration", "--validation", "--profiles", "--precision", "--recipe", "--metric", "--max-drop", "--min-compression",
            "--max-latency-ratio", "--keep-float", "--batch-size", "--batch-axes", "--pinned-inputs", "--threads", "--output",
        })
        {
            Assert.Contains(option, _place.Output, StringComparison.Ordinal);
            Assert.Contains(option, documentation, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("inspect", "dotnet quant inspect <model> [options]")]
    [InlineData("run", "dotnet quant run <request> [options]")]
    public void Usage_of_a_command_names_its_own_argument_alone(string command, string usage)
    {
        Assert.Equal(0, _place.Run(command, "--help"));

        Assert.Contains(usage, _place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_arguments_show_the_help()
    {
        Assert.Equal(0, _place.Run());
        Assert.Contains("Usage:", _place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_is_shown()
    {
        Assert.Equal(0, _place.Run("--version"));
        Assert.Matches(@"\d+\.\d+\.\d+", _place.Output);
    }

    [Theory]
    [InlineData("--calibratoin", "--calibratoin")]
    [InlineData("model.onnx other.onnx", "other.onnx")]
    [InlineData("model.onnx --calibration", "--calibration")]
    [InlineData("run", "run")]
    public void Line_that_does_not_parse_is_QBT1026(string line, string named)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("error QBT1026", _place.Errors, StringComparison.Ordinal);
        Assert.Contains(named, _place.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_option_after_the_model_is_named_once_with_what_was_meant()
    {
        Assert.Equal(2, _place.Run("models/fashion.onnx", "--max-dorp", "0.5%"));
        Assert.Equal(
            $"quant : error QBT1026: There is no option '--max-dorp'. Did you mean '--max-drop'? 'dotnet quant --help' lists what there is.{Environment.NewLine}",
            _place.Errors);
    }

    [Theory]
    [InlineData("models")]
    [InlineData("inspect models")]
    public void Folder_in_place_of_a_model_is_said_to_be_one(string line)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("models : error QBT1001: ", _place.Errors, StringComparison.Ordinal);
        Assert.Contains("is a folder, not a model. Name the .onnx file.", _place.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("inspect ")]
    public void Empty_name_of_a_model_is_QBT1026(string line)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("error QBT1026: The name of the model is empty.", _place.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_folder_that_cannot_be_written_is_found_before_the_work_is_done()
    {
        Assert.Equal(2, _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--output", "models/fashion.onnx/out"));

        Assert.Contains("error QBT4001: ", _place.Errors, StringComparison.Ordinal);
        Assert.Contains("is a file. Choose another folder with --output.", _place.Errors, StringComparison.Ordinal);
        Assert.Empty(_place.Engine.Jobs);
    }

    [Fact]
    public void Output_folder_is_not_made_before_there_is_something_to_put_into_it()
    {
        _place.Engine.Answer = _ => throw new InvalidOperationException("broken");

        Assert.Equal(1, _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--output", "out/deep"));

        Assert.False(Directory.Exists(Path.Combine(_place.Folder, "out")));
    }

    [Fact]
    public void Quantizing_writes_models_and_report_and_one_line_for_each_profile()
    {
        int exitCode = _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--recipe", "fast", "--profiles", "x64-vnni", "--output", "aus gäbe");

        Assert.Equal(0, exitCode);
        string folder = Path.Combine(_place.Folder, "aus gäbe");
        Assert.Equal(
            ["fashion.quant.html", "fashion.quant.json", "fashion.x64-vnni.onnx"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(folder, "fashion.x64-vnni.onnx")));
        Assert.Equal(
            [
                "fashion.onnx → x64-vnni: int8, 4.0× smaller, top-1 89.0 % (float32 90.0 %, drop 1.0)",
                $"Wrote {Path.Combine(folder, "fashion.x64-vnni.onnx")}",
            ],
            _place.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", _place.Errors);
    }

    [Fact]
    public void Terminal_shows_the_line_of_each_profile_too()
    {
        using var place = new Workplace { IsTerminal = true };

        Assert.Equal(0, place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--profiles", "x64-vnni"));

        Assert.Contains("fashion.onnx → x64-vnni: int8, 4.0× smaller, top-1 89.0 % (float32 90.0 %, drop 1.0)", place.Output, StringComparison.Ordinal);
        Assert.Contains("passed", place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_gate_writes_the_report_alone_and_exits_with_3()
    {
        _place.Engine.Answer = FakeEngine.Regressed;

        int exitCode = _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--output", "out");

        Assert.Equal(3, exitCode);
        Assert.Equal(["fashion.quant.html", "fashion.quant.json"], Directory.GetFiles(Path.Combine(_place.Folder, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            $"models/fashion.onnx : error QBT3001: x64-vnni: top-1 fell by 2.3 points. Report: {Path.Combine(_place.Folder, "out", "fashion.quant.html")}{Environment.NewLine}",
            _place.Errors);
    }

    [Fact]
    public void Mistakes_are_named_by_their_options()
    {
        Assert.Equal(2, _place.Run("models/fashion.onnx", "--max-drop", "0,5%", "--metric", "top2"));

        Assert.Contains("error QBT1014: int8 needs calibration data: --calibration is not set", _place.Errors, StringComparison.Ordinal);
        Assert.Contains("--metric is \"top2\"", _place.Errors, StringComparison.Ordinal);
        Assert.Empty(_place.Engine.Jobs);
    }

    [Fact]
    public void Options_of_lists_can_be_repeated()
    {
        _place.Write("data/more.npz");

        _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz", "--calibration", "data/more.npz", "--keep-float", "Softmax;Add");

        var job = Assert.Single(_place.Engine.Jobs);
        Assert.Equal(["calibration.npz", "more.npz"], job.CalibrationData.Select(Path.GetFileName));
        Assert.Equal(["Softmax", "Add"], job.KeepFloat);
    }

    [Fact]
    public void Defect_and_cancellation_have_their_exit_codes()
    {
        _place.Engine.Answer = _ => throw new InvalidOperationException("broken");
        Assert.Equal(1, _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz"));
        Assert.Contains("error QBT9001: InvalidOperationException: broken", _place.Errors, StringComparison.Ordinal);

        _place.Cancel();
        Assert.Equal(5, _place.Run("models/fashion.onnx", "--calibration", "data/calibration.npz"));
        Assert.Equal(2, Directory.GetFileSystemEntries(_place.Folder).Length);
    }

    [Fact]
    public void Failed_gate_leaves_no_model_of_an_earlier_run_beside_its_report()
    {
        string[] command = ["models/fashion.onnx", "--calibration", "data/calibration.npz", "--profiles", "x64-vnni", "--output", "out"];
        Assert.Equal(0, _place.Run(command));
        _place.Engine.Answer = FakeEngine.Regressed;

        Assert.Equal(3, _place.Run(command));

        Assert.Equal(
            ["fashion.quant.html", "fashion.quant.json"],
            Directory.GetFiles(Path.Combine(_place.Folder, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

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

    private static string Documentation()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "cli.md");
            if (File.Exists(path))
            {
                return File.ReadAllText(path);
            }
        }

        throw new FileNotFoundException("docs/cli.md is not above the test's folder.");
    }
}
