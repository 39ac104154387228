using System.Diagnostics;
using System.Text;

namespace QuantBuildTasks.Tool.Tests.Worker;

/// <summary>The worker as the build starts it: a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Standard_output_holds_events_alone_in_utf8_without_byte_order_mark()
    {
        string request = Path.Combine(_place.Folder, "fehlt.json");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string worker = Path.Combine(AppContext.BaseDirectory, "quant.dll");
        using var process = Process.Start(new ProcessStartInfo(host, ["exec", worker, "run", request]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        await process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.StartsWith("##qb {\"event\":\"diagnostic\",\"severity\":\"error\",\"code\":\"QBT1026\",\"file\":null,\"text\":", text, StringComparison.Ordinal);
        Assert.Contains("quant täst", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Count(c => c == '\n'));
        Assert.Equal("", await errors);
        Assert.Equal(2, process.ExitCode);
    }
}
