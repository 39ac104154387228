namespace QuantBuildTasks.Tool.Tests.Commands;

public sealed class QuantizeCommandTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

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
}
