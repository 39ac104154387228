using QuantBuildTasks.Worker;

namespace QuantBuildTasks.Tests;

public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(139)]
    public void Reported_errors_speak_for_themselves(int exitCode) => Assert.Null(WorkerExit.Explain(exitCode, reported: true, "", "dotnet"));

    [Theory]
    [InlineData(150)]
    [InlineData(unchecked((int)0x80008096))]
    public void Missing_runtime_is_named(int exitCode)
    {
        (string code, string text) = WorkerExit.Explain(exitCode, reported: false, "You must install", "/opt/dotnet")!.Value;

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
        (string code, string text) = WorkerExit.Explain(exitCode, reported: false, "bad alloc", "dotnet")!.Value;

        Assert.Equal("QBT9002", code);
        Assert.Contains(why, text, StringComparison.Ordinal);
        Assert.Contains(number, text, StringComparison.Ordinal);
        Assert.EndsWith("bad alloc", text, StringComparison.Ordinal);
    }
}
