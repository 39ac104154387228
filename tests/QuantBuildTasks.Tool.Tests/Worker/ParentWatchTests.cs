using System.Diagnostics;
using System.Globalization;

namespace QuantBuildTasks.Tool.Tests.Worker;

public sealed class ParentWatchTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Run_is_cancelled_when_the_process_that_waits_for_it_ends()
    {
        string request = WriteRequest();
        using Process parent = Start();
        _place.Engine.During = _ =>
        {
            parent.Kill();
            _place.Cancellation.WaitHandle.WaitOne();
        };

        Assert.Equal(5, _place.Run("run", request, "--parent", Number(parent)));

        Assert.Empty(_place.Outputs);
    }

    [Fact]
    public void Run_for_a_process_that_has_ended_already_is_cancelled()
    {
        string request = WriteRequest();
        using Process parent = Start();
        parent.Kill();
        parent.WaitForExit();

        Assert.Equal(5, _place.Run("run", request, "--parent", Number(parent)));
    }

    [Fact]
    public void Run_for_a_process_that_lives_comes_to_its_end()
    {
        Assert.Equal(0, _place.Run("run", WriteRequest(), "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
    }

    private string WriteRequest()
    {
        Assert.Equal(0, _place.BuildFashion());
        Directory.Delete(_place.OutputFolder, recursive: true);
        return Path.Combine("obj", "request.json");
    }

    /// <summary>A process that waits for input and never gets any.</summary>
    private static Process Start()
    {
        (string program, string arguments) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c pause") : ("cat", "");
        return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static string Number(Process process) => process.Id.ToString(CultureInfo.InvariantCulture);
}
