using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace QuantBuildTasks.Tool.Tests.Mutants;

/// <summary>
/// A project whose models the worker quantizes, several in one process. Where native code ends the process, the model that it was at is put
/// down, as the build would name it, and the next process goes on behind it.
/// </summary>
internal sealed class WorkerBatch : IDisposable
{
    private const string Prefix = "##qb ";

    /// <summary>What one worker may take of the address space, in KiB: a mutant may ask for more than the machine has.</summary>
    private const int AddressSpace = 16 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("quant mutänts ").FullName;
    private readonly List<string> _crashed = [];
    private readonly List<string> _refused = [];

    public WorkerBatch(IReadOnlyList<byte[]> models, byte[] data)
    {
        Directory.CreateDirectory(Temporary);
        File.WriteAllBytes(Path.Combine(_folder, "data.npz"), data);
        for (int i = 0; i < models.Count; i++)
        {
            File.WriteAllBytes(Path.Combine(_folder, Name(i)), models[i]);
        }

        Count = models.Count;
    }

    /// <summary>The models that native code died of.</summary>
    public IReadOnlyList<string> Crashed => _crashed;

    /// <summary>The models that have an error.</summary>
    public IReadOnlyList<string> Refused => _refused;

    private int Count { get; }

    private string Temporary => Path.Combine(_folder, "tmp");

    private string Output => Path.Combine(_folder, "obj", "quant");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public async Task Run(CancellationToken cancellation)
    {
        string request = Path.Combine(_folder, "request.json");
        for (int next = 0; next < Count;)
        {
            string[] models = [.. Enumerable.Range(next, Count - next).Select(Name)];
            File.WriteAllBytes(request, Request(models));
            string[] before = Files();
            (int exit, string output, string errors) = await Start(request, cancellation);
            JsonElement[] events = [.. output.Split('\n').Where(l => l.StartsWith(Prefix, StringComparison.Ordinal)).Select(l => JsonDocument.Parse(l[Prefix.Length..]).RootElement)];
            Assert.Equal(before, Files());
            if (exit is >= 0 and <= 4)
            {
                AssertExplained(exit, models, events, errors);
                return;
            }

            // The runtime says so where managed code ends a process: that is our defect, with whatever exit code.
            Assert.DoesNotContain("Unhandled exception", errors, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Stack overflow", errors, StringComparison.OrdinalIgnoreCase);
            string? at = events.LastOrDefault(e => Text(e, "event") == "progress") is { ValueKind: JsonValueKind.Object } last ? Text(last, "model") : null;
            Assert.True(at is not null, $"Exit code {exit} before a model was named.\n{output}\n{errors}");
            _crashed.Add($"{at} (exit code {exit}: {errors.Trim().Split('\n')[0]})");
            next = Array.IndexOf(models, at) + next + 1;
        }
    }

    private static string Name(int index) => $"m{index}.onnx";

    private static string? Text(JsonElement found, string property) => found.TryGetProperty(property, out JsonElement value) ? value.GetString() : null;

    /// <summary>Documented exit code, a Start of each model, and for each error a code that is not a defect of ours and the name of a model.</summary>
    private void AssertExplained(int exit, string[] models, JsonElement[] events, string errors)
    {
        JsonElement[] findings = [.. events.Where(e => Text(e, "event") == "diagnostic")];
        JsonElement[] defects = [.. findings.Where(f => Text(f, "code")!.StartsWith("QBT9", StringComparison.Ordinal))];
        Assert.True(defects.Length == 0, $"{string.Join('\n', defects)}\n{errors}");
        Assert.Equal("", errors);
        JsonElement[] wrong = [.. findings.Where(f => Text(f, "severity") == "error")];
        Assert.Equal(wrong.Length == 0, exit == 0);
        Assert.NotEqual(1, exit);
        Assert.All(wrong, f => Assert.Contains(Text(f, "file"), models));
        Assert.Equal(models, events.Where(e => Text(e, "stage") == "Start").Select(e => Text(e, "model")));
        _refused.AddRange(wrong.Select(f => $"{Text(f, "file")}: {Text(f, "code")}").Distinct());
        Assert.All(Directory.GetFileSystemEntries(Output).Select(Path.GetFileName), e => Assert.False(e!.StartsWith(".staging", StringComparison.Ordinal), e));
    }

    /// <summary>Everything but what the worker may write.</summary>
    private string[] Files() => [.. Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Where(f => !f.StartsWith(Path.Combine(_folder, "obj"), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private byte[] Request(string[] models) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        schemaVersion = 1,
        projectDirectory = _folder,
        outputDirectory = Output,
        runtimeIdentifier = "",
        properties = new { Threads = "1" },
        models = models.Select(m => new
        {
            include = m,
            path = Path.Combine(_folder, m),
            className = Path.GetFileNameWithoutExtension(m),
            metadata = new { CalibrationData = "data.npz", Profiles = "x64-vnni", Recipe = "fast" },
        }),
    });

    private async Task<(int Exit, string Output, string Errors)> Start(string request, CancellationToken cancellation)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string worker = Path.Combine(AppContext.BaseDirectory, "quant.dll");
        ProcessStartInfo start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("/bin/sh", ["-c", $"ulimit -v {AddressSpace}; ulimit -c 0; exec \"$@\"", "sh", host, "exec", worker, "run", request])
            : new ProcessStartInfo(host, ["exec", worker, "run", request]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.StandardOutputEncoding) = (true, true, Encoding.UTF8);
        (start.Environment["TMPDIR"], start.Environment["DOTNET_EnableDiagnostics"], start.Environment["DOTNET_GCHeapHardLimit"]) = (Temporary, "0", "40000000");
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
            string output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
