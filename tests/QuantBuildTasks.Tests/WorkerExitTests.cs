using QuantBuildTasks.Worker;

namespace QuantBuildTasks.Tests;

public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Reported_errors_speak_for_themselves(int exitCode) => Assert.Null(WorkerExit.Explain(exitCode, reported: true, "m.onnx", "", "dotnet"));

    [Theory]
    [InlineData(134)]
    [InlineData(139)]
    [InlineData(unchecked((int)0xC0000005))]
    public void An_error_of_another_model_does_not_hide_a_crash(int exitCode)
    {
        (string code, string text) = WorkerExit.Explain(exitCode, reported: true, "models/b.onnx", "", "dotnet")!.Value;

        Assert.Equal("QBT9002", code);
        Assert.Contains("'models/b.onnx'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(150)]
    [InlineData(unchecked((int)0x80008096))]
    public void Missing_runtime_is_named(int exitCode)
    {
        (string code, string text) = WorkerExit.Explain(exitCode, reported: false, null, "You must install", "/opt/dotnet")!.Value;

        Assert.Equal("QBT5001", code);
        Assert.Contains("/opt/dotnet", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(137, "memory ran out", "exit code 137")]
    [InlineData(139, "crashed in native code", "exit code 139")]
    [InlineData(5, "told to stop", "exit code 5")]
    [InlineData(134, "aborted", "exit code 134")]
    [InlineData(unchecked((int)0xC0000005), "crashed in native code", "exit code 0xC0000005")]
    [InlineData(2, "without saying why", "exit code 2")]
    public void Silent_death_is_a_defect_with_its_last_words(int exitCode, string why, string number)
    {
        (string code, string text) = WorkerExit.Explain(exitCode, reported: false, null, "bad alloc", "dotnet")!.Value;

        Assert.Equal("QBT9002", code);
        Assert.Contains(why, text, StringComparison.Ordinal);
        Assert.Contains(number, text, StringComparison.Ordinal);
        Assert.EndsWith("bad alloc", text, StringComparison.Ordinal);
    }
}
