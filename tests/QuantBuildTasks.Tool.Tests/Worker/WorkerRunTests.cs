using System.Text.Json;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Tool.Tests.Worker;

public sealed class WorkerRunTests : IDisposable
{
    private static readonly string[] Published = ["Fashion/index.tsv", "Fashion/report.html", "Fashion/report.json", "Fashion/x64-vnni.onnx", "quant.manifest.json"];
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Success_publishes_artifacts_reports_and_manifest()
    {
        Assert.Equal(0, _place.BuildFashion());

        Assert.Equal(Published, _place.Outputs.Keys.Order(StringComparer.Ordinal));
        var model = Assert.Single(_place.Manifest!.Models);
        Assert.Equal(["Fashion/report.json", "Fashion/report.html"], model.Files);
        Assert.Equal(["fashion.onnx → x64-vnni: int8, 4.0× smaller, top-1 89.0 % (float32 90.0 %, drop 1.0)"], model.Results);
        Assert.Equal("##qb {\"event\":\"result\",\"text\":\"fashion.onnx → x64-vnni: int8, 4.0× smaller, top-1 89.0 % (float32 90.0 %, drop 1.0)\"}", _place.Events[^2]);
        Assert.StartsWith("##qb {\"event\":\"result\",\"text\":\"QuantBuildTasks: 1 model, 1 variant in 1 file, ", _place.Events[^1], StringComparison.Ordinal);
        Assert.Equal((400, 3), (model.FloatBytes, model.Resources[0].Bytes));
    }

    [Fact]
    public void Warnings_are_told_and_kept_in_the_manifest()
    {
        _place.Engine.Answer = job => FakeEngine.Passed(job, Diagnostic.Warning(Codes.UnusedPattern, "No node matches.") with { Profile = "x64-vnni" });

        Assert.Equal(0, _place.BuildFashion());

        Assert.Equal(["QBT1027"], _place.Codes);
        var kept = Assert.Single(_place.Manifest!.Models[0].Diagnostics);
        Assert.Equal(("warning", "QBT1027", "models/fashion.onnx", "x64-vnni: No node matches."), (kept.Severity, kept.Code, kept.File, kept.Text));
    }

    [Fact]
    public void Failed_gate_leaves_old_results_and_writes_the_report()
    {
        _place.BuildFashion();
        var before = _place.Outputs;
        _place.Engine.Answer = FakeEngine.Regressed;

        Assert.Equal(3, _place.BuildFashion());

        Assert.DoesNotContain(_place.Events, e => e.Contains("QuantBuildTasks: ", StringComparison.Ordinal));
        Assert.Equal("top-1 fell by 2.3 points. Report: obj/quant/Fashion/report.html", Text(_place.Events[1])["x64-vnni: ".Length..]);
        var after = _place.Outputs;
        Assert.Equal(Published, after.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(before["quant.manifest.json"], after["quant.manifest.json"]);
        Assert.Equal(before["Fashion/index.tsv"], after["Fashion/index.tsv"]);
        Assert.Contains("regressed", after["Fashion/report.json"], StringComparison.Ordinal);
    }

    [Fact]
    public void Exception_is_a_defect_of_ours_with_its_stack_on_standard_error_and_changes_no_output()
    {
        _place.BuildFashion();
        var before = _place.Outputs;
        _place.Engine.Answer = _ => throw new InvalidOperationException("index\nout of range");

        Assert.Equal(1, _place.BuildFashion());

        Assert.Equal(["QBT9001"], _place.Codes);
        Assert.StartsWith("InvalidOperationException: index out of range", Text(_place.Events[1]), StringComparison.Ordinal);
        Assert.Contains("at QuantBuildTasks.Tool.Tests", _place.Errors, StringComparison.Ordinal);
        Assert.Equal(before, _place.Outputs);
    }

    [Theory]
    [InlineData("QBT2001", 4)]
    [InlineData("QBT1012", 2)]
    [InlineData("QBT5002", 2)]
    public void Exception_with_a_finding_is_reported_under_its_code(string code, int exitCode)
    {
        _place.Engine.Answer = _ => throw QuantException.Error(code, "Why.", "/absolute/elsewhere.onnx");

        Assert.Equal(exitCode, _place.BuildFashion());

        Assert.Equal([code], _place.Codes);
        Assert.Contains("\"file\":\"models/fashion.onnx\"", _place.Events[1], StringComparison.Ordinal);
        Assert.Null(_place.Manifest);
    }

    [Fact]
    public void Model_that_breaks_does_not_hide_the_findings_of_the_others_and_nothing_is_published()
    {
        _place.Write("models/second.onnx");
        _place.Write("models/third.onnx");
        Dictionary<string, string> data = new() { ["CalibrationData"] = "data/calibration.npz" };
        _place.Engine.Answer = job => job.DisplayPath switch
        {
            "models/second.onnx" => throw new InvalidOperationException("broken"),
            "models/third.onnx" => FakeEngine.Regressed(job),
            _ => FakeEngine.Passed(job),
        };

        int exitCode = _place.Build(("models/fashion.onnx", "Fashion", data), ("models/second.onnx", "Second", data), ("models/third.onnx", "Third", data));

        Assert.Equal(1, exitCode);
        Assert.Equal(["QBT9001", "QBT3001"], _place.Codes);
        Assert.Equal(["Fashion/report.html", "Fashion/report.json", "Third/report.html", "Third/report.json"], _place.Outputs.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cancelled_run_ends_with_5_and_changes_no_output()
    {
        _place.BuildFashion();
        var before = _place.Outputs;
        _place.Engine.During = _ => _place.Cancel();

        Assert.Equal(5, _place.BuildFashion());

        Assert.Empty(_place.Codes);
        Assert.Equal(before, _place.Outputs);
    }

    [Fact]
    public void Engine_that_overlooks_the_cancellation_still_publishes_nothing()
    {
        _place.Engine.Answer = job =>
        {
            _place.Cancel();
            return FakeEngine.Passed(job);
        };

        Assert.Equal(5, _place.BuildFashion());
        Assert.Empty(_place.Outputs);
    }

    [Fact]
    public void Progress_reaches_the_build_and_starts_with_the_name_of_the_model()
    {
        _place.Engine.During = progress => progress!(new QuantProgress("calibration", 0.5));

        _place.BuildFashion();

        Assert.Equal(
            [
                "##qb {\"event\":\"progress\",\"model\":\"models/fashion.onnx\",\"stage\":\"Start\",\"fraction\":0}",
                "##qb {\"event\":\"progress\",\"model\":\"models/fashion.onnx\",\"stage\":\"calibration\",\"fraction\":0.5}",
            ],
            _place.Events[..2]);
    }

    [Fact]
    public void Output_directory_that_cannot_be_made_is_QBT4001_before_anything_runs()
    {
        _place.Write("obj/quant", "a file where the folder should be");

        Assert.Equal(2, _place.BuildFashion());

        Assert.Equal(["QBT4001"], _place.Codes);
        Assert.Empty(_place.Engine.Jobs);
    }

    [Fact]
    public void Same_request_twice_gives_the_same_bytes()
    {
        _place.BuildFashion();
        var first = _place.Outputs;

        _place.BuildFashion();

        Assert.Equal(first, _place.Outputs);
    }

    private static string Text(string line) => JsonDocument.Parse(line["##qb ".Length..]).RootElement.GetProperty("text").GetString()!;
}
