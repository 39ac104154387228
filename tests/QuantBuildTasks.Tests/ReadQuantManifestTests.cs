using Microsoft.Build.Framework;

namespace QuantBuildTasks.Tests;

public sealed class ReadQuantManifestTests : IDisposable
{
    private const string Manifest = """
        {
          "schemaVersion": 1,
          "models": [
            {
              "include": "models/bert.de.onnx", "className": "BertDe", "embed": "resource",
              "resources": [ { "path": "BertDe/x64-vnni.onnx", "logicalName": "QuantBuildTasks/BertDe/x64-vnni.onnx" } ],
              "files": [ "BertDe/report.json" ],
              "results": [ "bert.de.onnx → x64-vnni: int8" ],
              "diagnostics": [
                { "severity": "warning", "code": "QBT3010", "file": "models/bert.de.onnx", "text": "few" },
                { "severity": "message", "code": "QBT1030", "file": null, "text": "told once" }
              ]
            }
          ]
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingEngine _engine = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resources_are_embedded_under_their_logical_name_and_without_a_culture()
    {
        _folder.Write("quant.manifest.json", Manifest);

        ITaskItem resource = Assert.Single(Run(workerRan: true).Resources);

        Assert.Equal(_folder["BertDe/x64-vnni.onnx"], resource.ItemSpec);
        Assert.Equal("QuantBuildTasks/BertDe/x64-vnni.onnx", resource.GetMetadata("LogicalName"));
        Assert.Equal("false", resource.GetMetadata("WithCulture"));
    }

    [Fact]
    public void All_files_are_listed_so_that_clean_removes_them()
    {
        _folder.Write("quant.manifest.json", Manifest);

        string[] expected = ["BertDe/x64-vnni.onnx", "BertDe/report.json", "quant.manifest.json"];
        Assert.Equal(expected.Select(name => _folder[name]), Run(workerRan: true).Files.Select(f => f.ItemSpec));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Warnings_are_repeated_when_the_worker_did_not_run(bool workerRan, int expected)
    {
        _folder.Write("quant.manifest.json", Manifest);

        Run(workerRan);

        Assert.Equal(expected, _engine.Warnings.Count);
        Assert.All(_engine.Warnings, w => Assert.Equal(("QBT3010", "models/bert.de.onnx", "few"), (w.Code, w.File, w.Message)));
        Assert.Empty(_engine.HighMessages);
    }

    [Fact]
    public void Missing_manifest_is_an_error()
    {
        Run(workerRan: false, expected: false);

        Assert.Equal("QBT4002", Assert.Single(_engine.Errors).Code);
    }

    [Fact]
    public void Manifest_that_another_build_is_just_making_is_waited_for()
    {
        FileStream other = new(_folder["quant.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        _engine.OnMessage = text =>
        {
            _folder.Write("quant.manifest.json", Manifest);
            other.Dispose();
        };

        Assert.Single(Run(workerRan: true).Resources);
        Assert.Equal(0, _engine.HandedOver);
    }

    [Theory]
    [InlineData("{ \"schemaVersion\": 1, \"mod")]
    [InlineData("{ \"schemaVersion\": 2, \"models\": [] }")]
    [InlineData("{ \"schemaVersion\": 1, \"models\": [ { \"resources\": [ { \"path\": null, \"logicalName\": \"a\" } ] } ] }")]
    public void Manifest_that_cannot_be_read_is_an_error(string text)
    {
        _folder.Write("quant.manifest.json", text);

        Run(workerRan: false, expected: false);

        Assert.Equal("QBT4001", Assert.Single(_engine.Errors).Code);
    }

    [Fact]
    public void Manifest_that_another_process_holds_is_an_error_with_a_code()
    {
        _folder.Write("quant.manifest.json", Manifest);
        using FileStream held = new(_folder["quant.manifest.json"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Run(workerRan: false, expected: false);

        Assert.Equal("QBT4001", Assert.Single(_engine.Errors).Code);
    }

    private ReadQuantManifest Run(bool workerRan, bool expected = true)
    {
        using var task = new ReadQuantManifest { BuildEngine = _engine, OutputDirectory = _folder.Root, WorkerRan = workerRan };
        Assert.Equal(expected, task.Execute());
        return task;
    }
}
