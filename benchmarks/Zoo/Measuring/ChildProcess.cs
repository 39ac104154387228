using System.Diagnostics;
using System.Text.Json;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>What a child does.</summary>
internal enum ChildWork
{
    /// <summary>Quantizes and measures.</summary>
    Row,

    /// <summary>Runs the float model over the calibration data.</summary>
    FloatPass,

    /// <summary>Adds up what the float model computes for one batch.</summary>
    Activations,
}

/// <summary>The order to a child.</summary>
internal sealed record ChildTask
{
    public required ChildWork Work { get; init; }

    public required ZooEntry Entry { get; init; }

    public required string Profile { get; init; }

    public required string Precision { get; init; }

    public required string Recipe { get; init; }

    public required string ArtifactPath { get; init; }

    /// <summary>Samples to score under an emulator; 0: none.</summary>
    public int EmulationSamples { get; init; }

    /// <summary>Scoring programs for other architectures, or null.</summary>
    public string? EmulationDirectory { get; init; }

    /// <summary>Where the answer goes: standard output belongs to native code too.</summary>
    public string AnswerPath { get; init; } = "";
}

internal sealed record ChildAnswer
{
    public ZooRow? Row { get; init; }

    public FloatPassCost? FloatPass { get; init; }

    public long? ActivationBytes { get; init; }

    public string? Error { get; init; }
}

/// <summary>
/// Runs each task in a process of its own: its peak memory is that of this task alone, and a crash of native code ends one row only.
/// </summary>
internal static class ChildProcess
{
    public const string Verb = "--child";

    private static readonly TimeSpan Limit = TimeSpan.FromHours(2);

    public static ChildAnswer Start(ChildTask task)
    {
        string folder = Directory.CreateTempSubdirectory("zoo-task-").FullName;
        try
        {
            string answerPath = Path.Combine(folder, "answer.json");
            string taskPath = Path.Combine(folder, "task.json");
            File.WriteAllText(taskPath, JsonSerializer.Serialize(task with { AnswerPath = answerPath }, ZooJson.Default.ChildTask));
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Host(), Verb, taskPath])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            process.OutputDataReceived += (_, _) => { };
            string lastWords = "";
            process.ErrorDataReceived += (_, e) => lastWords = string.IsNullOrWhiteSpace(e.Data) ? lastWords : e.Data.Trim();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                return new ChildAnswer { Error = $"took more than {Limit.TotalHours} hours" };
            }

            process.WaitForExit();
            return File.Exists(answerPath)
                ? JsonSerializer.Deserialize(File.ReadAllText(answerPath), ZooJson.Default.ChildAnswer)!
                : new ChildAnswer { Error = $"the process ended with code {process.ExitCode}: {lastWords}" };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The child's side.</summary>
    public static void Work(string taskPath)
    {
        ChildTask task = JsonSerializer.Deserialize(File.ReadAllText(taskPath), ZooJson.Default.ChildTask)!;
        File.WriteAllText(task.AnswerPath, JsonSerializer.Serialize(Answer(task), ZooJson.Default.ChildAnswer));
    }

    private static ChildAnswer Answer(ChildTask task)
    {
        try
        {
            return task.Work switch
            {
                ChildWork.FloatPass => new ChildAnswer { FloatPass = FloatPass.Measure(task.Entry) },
                ChildWork.Activations => new ChildAnswer { ActivationBytes = BatchActivations.Bytes(task.Entry) },
                _ => new ChildAnswer { Row = EntryRun.Measure(task) },
            };
        }
        catch (QuantException e)
        {
            return new ChildAnswer { Error = e.Message };
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return new ChildAnswer { Error = $"{e.GetType().Name}: {e.Message}" };
        }
    }

    /// <summary>Under <c>dotnet Zoo.dll</c> the process is the host, and needs to be told the assembly.</summary>
    private static string[] Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? ["exec", typeof(ChildProcess).Assembly.Location]
            : [];
}
