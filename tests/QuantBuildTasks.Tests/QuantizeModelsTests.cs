using System.Text.Json.Nodes;
using Microsoft.Build.Utilities;
using Task = System.Threading.Tasks.Task;

namespace QuantBuildTasks.Tests;

/// <summary>Runs the task with a worker whose behaviour stands in the model's file.</summary>
public sealed class QuantizeModelsTests : IDisposable
{
    private const string Success = """
        write M/a.onnx artifact
        write quant.manifest.json {"schemaVersion":1,"models":[{"include":"m.onnx","resources":[{"path":"M/a.onnx","logicalName":"M"}]}]}
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingEngine _engine = new();

    private string Stamp => _folder["obj/quant.stamp"];

    private IEnumerable<string?> ErrorCodes => _engine.Errors.Select(e => e.Code);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Success_leaves_a_stamp_and_the_next_build_starts_nothing()
    {
        Assert.True(Run(Success).WorkerRan);
        Assert.True(File.Exists(Stamp));

        Assert.False(Run(null).WorkerRan);
        Assert.Empty(_engine.Errors);
    }

    [Fact]
    public void File_that_a_model_names_starts_the_worker_when_it_changes()
    {
        string data = _folder.Write("m.data", "weights");
        string path = data.Replace("\\", "\\\\", StringComparison.Ordinal);
        long modified = File.GetLastWriteTimeUtc(data).Ticks;
        string success = Success.Replace("}]}]}", $"}}],\"inputs\":[{{\"path\":\"{path}\",\"bytes\":7,\"modified\":{modified}}}]}}]}}", StringComparison.Ordinal);

        Assert.True(Run(success).WorkerRan);
        Assert.False(Run(null).WorkerRan);

        File.SetLastWriteTimeUtc(data, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.True(Run(null).WorkerRan);
    }

    [Fact]
    public void Other_metadata_start_the_worker_again()
    {
        Run(Success);

        Assert.True(Run(null, maxDrop: "1%").WorkerRan);
    }

    [Fact]
    public void Other_profile_or_gpu_package_starts_the_worker_again()
    {
        Run(Success);

        Assert.True(Run(null, change: task => task.Profiles[0].SetMetadata("BasedOn", "x64-avx2")).WorkerRan);
        Assert.True(Run(null, change: task => task.GpuPackage = false).WorkerRan);
    }

    [Fact]
    public void Worker_is_told_which_process_waits_for_it()
    {
        Run("print-arguments\n" + Success);

        Assert.Contains(_engine.Messages, m => m.Message!.EndsWith(" --parent " + Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Fact]
    public void Deleted_output_is_made_again()
    {
        Run(Success);
        File.Delete(_folder["obj/M/a.onnx"]);

        Assert.True(Run(null).WorkerRan);
        Assert.True(File.Exists(_folder["obj/M/a.onnx"]));
    }

    [Fact]
    public void Failure_leaves_nothing_that_a_later_build_trusts()
    {
        Run(Success);
        Run("""
            print ##qb {"event":"diagnostic","severity":"error","code":"QBT3001","file":"m.onnx","text":"fell"}
            exit 3
            """, expected: false);

        Assert.Equal(["QBT3001"], ErrorCodes);
        Assert.Equal("m.onnx", _engine.Errors[0].File);
        Assert.False(File.Exists(Stamp));
        Assert.False(File.Exists(_folder["obj/quant.manifest.json"]));
        Assert.True(Run(null, expected: false).WorkerRan);
    }

    [Fact]
    public void Noise_is_never_an_error_or_warning()
    {
        Run("""
            print Max error: 0.1
            print m.onnx(1,2): warning W1: native code speaks
            print mean abs error : 0.003

            """.TrimEnd() + "\n" + Success);

        Assert.Empty(_engine.Errors);
        Assert.Empty(_engine.Warnings);
        Assert.Contains(_engine.Messages, m => m.Message == "Max error: 0.1");
        Assert.DoesNotContain("Max error: 0.1", _engine.HighMessages);
    }

    [Fact]
    public void Results_are_shown_as_they_are()
    {
        Run("""print ##qb {"event":"result","text":"m.onnx → x64: 3.9× {0}"}""" + "\n" + Success);

        Assert.Contains("m.onnx → x64: 3.9× {0}", _engine.HighMessages);
    }

    [Theory]
    [InlineData("print out of luck\nexit 1", "QBT9002")]
    [InlineData("exit 150", "QBT5001")]
    [InlineData("exit 0", "QBT9002")]
    [InlineData("write quant.manifest.json {\"schemaVersion\":1", "QBT9002")]
    [InlineData("nonsense", "QBT9002")]
    public void Worker_that_fails_without_a_reason_gets_a_code(string behaviour, string code)
    {
        Run(behaviour, expected: false);

        Assert.Equal([code], ErrorCodes);
        Assert.False(File.Exists(Stamp));
    }

    [Theory]
    [InlineData("abort", "aborted in native code")]
    [InlineData("crash", "crashed in native code")]
    public void Death_in_native_code_names_the_model_that_was_worked_on(string death, string why)
    {
        Run(
            $$"""
            print ##qb {"event":"progress","model":"models/a.onnx","stage":"Start","fraction":0}
            print ##qb {"event":"diagnostic","severity":"error","code":"QBT1006","file":"models/a.onnx","text":"invalid"}
            print ##qb {"event":"progress","model":"models/b.onnx","stage":"Start","fraction":0}
            {{death}}
            """,
            expected: false);

        Assert.Equal(["QBT1006", "QBT9002"], ErrorCodes);
        Assert.Equal("models/b.onnx", _engine.Errors[1].File);
        Assert.Contains(why, _engine.Errors[1].Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Stamp));
    }

    [Fact]
    public void Faulty_names_are_reported_before_a_process_starts()
    {
        Assert.False(Run(Success, expected: false, className: "not a name").WorkerRan);

        Assert.Equal(["QBT1021"], ErrorCodes);
    }

    [Fact]
    public void Request_says_what_the_protocol_asks_for()
    {
        Run(Success, maxDrop: "0.5%");

        JsonNode request = JsonNode.Parse(File.ReadAllBytes(_folder["obj/request.json"]))!;
        JsonNode expected = new JsonObject
        {
            ["schemaVersion"] = 1,
            ["projectDirectory"] = _folder.Root,
            ["outputDirectory"] = _folder["obj/"],
            ["runtimeIdentifier"] = "linux-x64",
            ["gpuPackage"] = true,
            ["properties"] = new JsonObject { ["Profiles"] = "a;b" },
            ["profiles"] = new JsonArray(new JsonObject { ["name"] = "server", ["metadata"] = new JsonObject { ["BasedOn"] = "x64-vnni" } }),
            ["models"] = new JsonArray(new JsonObject
            {
                ["include"] = "m.onnx", ["path"] = _folder["m.onnx"], ["className"] = "M", ["metadata"] = new JsonObject { ["MaxDrop"] = "0.5%" },
            }),
        };
        Assert.True(JsonNode.DeepEquals(expected, request), request.ToJsonString());
    }

    [Fact]
    public async Task Second_build_waits_for_the_first_and_takes_its_result()
    {
        _folder.Write("m.onnx", "print started\nawait go\n" + Success);
        var started = new TaskCompletionSource();
        var first = new RecordingEngine { OnMessage = text => Signal(text == "started", started.SetResult) };
        var second = new RecordingEngine { OnMessage = text => Signal(text.Contains("this one waits", StringComparison.Ordinal), () => _folder.Write("go", "")) };
        QuantizeModels worker = Create(first), waiter = Create(second);

        System.Threading.Tasks.Task<bool> work = Task.Run(worker.Execute, TestContext.Current.CancellationToken);
        await started.Task;
        bool waited = await Task.Run(waiter.Execute, TestContext.Current.CancellationToken);

        Assert.True(await work && waited);
        Assert.True(worker.WorkerRan);
        Assert.False(waiter.WorkerRan);
        Assert.Empty(first.Errors.Concat(second.Errors));
        Assert.Equal(0, second.HandedOver);
    }

    [Fact]
    public void Wait_for_another_build_can_be_cancelled()
    {
        _folder.Write("obj/quant.lock", "");
        using FileStream other = new(_folder["obj/quant.lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        _folder.Write("m.onnx", Success);
        QuantizeModels task = Create(_engine);
        _engine.OnMessage = text => Signal(text.Contains("this one waits", StringComparison.Ordinal), task.Cancel);

        Assert.False(task.Execute());

        Assert.False(task.WorkerRan);
        Assert.Empty(_engine.Errors);
        Assert.Equal(0, _engine.HandedOver);
    }

    [Theory]
    [InlineData("await never")]
    [InlineData("exit 5")]
    public void Cancelled_build_is_no_error_of_ours(string behaviour)
    {
        _folder.Write("m.onnx", "print started\n" + behaviour);
        QuantizeModels task = Create(_engine);
        _engine.OnMessage = text => Signal(text == "started", task.Cancel);

        Assert.False(task.Execute());

        Assert.Empty(_engine.Errors);
        Assert.Contains(_engine.Messages, m => m.Message!.Contains("was cancelled", StringComparison.Ordinal));
        Assert.False(File.Exists(Stamp));
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_an_error_with_a_code()
    {
        _folder.Write("obj", "a file");

        Assert.False(Run(Success, expected: false).WorkerRan);

        Assert.Equal(["QBT4001"], ErrorCodes);
    }

    private static void Signal(bool holds, Action action)
    {
        if (holds)
        {
            action();
        }
    }

    private QuantizeModels Run(string? behaviour, bool expected = true, string maxDrop = "", string className = "", Action<QuantizeModels>? change = null)
    {
        if (behaviour is not null)
        {
            _folder.Write("m.onnx", behaviour);
        }

        QuantizeModels task = Create(_engine, maxDrop, className);
        change?.Invoke(task);
        Assert.Equal(expected, task.Execute());
        return task;
    }

    private QuantizeModels Create(RecordingEngine engine, string maxDrop = "", string className = "")
    {
        var model = new TaskItem("m.onnx");
        model.SetMetadata("MaxDrop", maxDrop);
        model.SetMetadata("ClassName", className);
        var profiles = new TaskItem("Profiles");
        profiles.SetMetadata("Value", "a;b");
        var profile = new TaskItem("server");
        profile.SetMetadata("BasedOn", "x64-vnni");
        return new QuantizeModels
        {
            BuildEngine = engine,
            Models = [model],
            Profiles = [profile],
            GpuPackage = true,
            Defaults = [profiles, new TaskItem("Metric")],
            ProjectDirectory = _folder.Root,
            OutputDirectory = _folder["obj/"],
            RuntimeIdentifier = "linux-x64",
            Worker = Path.Combine(AppContext.BaseDirectory, "FakeWorker.dll"),
            DotNetHosts = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "none"],
        };
    }
}
