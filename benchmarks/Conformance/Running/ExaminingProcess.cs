using System.Diagnostics;
using System.Text.Json;
using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Running;

/// <summary>What a process is to do.</summary>
/// <param name="Root">The folder of all models.</param>
/// <param name="Models">By name.</param>
/// <param name="AnswerPath">Takes a line for each model that is done: standard output belongs to native code too.</param>
internal sealed record ExaminingTask(string Root, IReadOnlyList<string> Models, string AnswerPath);

/// <summary>Examines models in a process of its own.</summary>
internal static class ExaminingProcess
{
    public const string Verb = "--child";

    /// <summary>Where glibc looks for locales: nowhere, so that the outcome does not depend on which the machine has.</summary>
    private const string NoLocales = "LOCPATH";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>The parent's side.</summary>
    public static BatchEnd Run(string root, IReadOnlyList<string> models)
    {
        string folder = Directory.CreateTempSubdirectory("conformance-task-").FullName;
        try
        {
            var task = new ExaminingTask(root, models, Path.Combine(folder, "answer.jsonl"));
            string taskPath = Path.Combine(folder, "task.json");
            File.WriteAllText(taskPath, JsonSerializer.Serialize(task, FindingJson.Default.ExaminingTask));
            string? death = Start(taskPath, folder);
            string[] lines = File.Exists(task.AnswerPath) ? File.ReadAllLines(task.AnswerPath) : [];
            return new BatchEnd([.. lines.Select(l => JsonSerializer.Deserialize(l, FindingJson.Default.ModelFinding)!)], death);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The child's side.</summary>
    public static void Work(string taskPath)
    {
        ExaminingTask task = JsonSerializer.Deserialize(File.ReadAllText(taskPath), FindingJson.Default.ExaminingTask)!;
        foreach (string model in task.Models)
        {
            ModelFinding finding = Examination.Of(ConformanceModel.Named(task.Root, model));
            File.AppendAllText(task.AnswerPath, JsonSerializer.Serialize(finding, FindingJson.Default.ModelFinding) + "\n");
        }
    }

    /// <summary>Runs to the end; gives how it died, or null.</summary>
    private static string? Start(string taskPath, string folder)
    {
        var start = new ProcessStartInfo(DotNet(), ["exec", typeof(ExaminingProcess).Assembly.Location, Verb, taskPath]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment[NoLocales] = folder;
        using Process process = Process.Start(start)!;
        string lastWords = "";
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => lastWords = string.IsNullOrWhiteSpace(e.Data) ? lastWords : e.Data.Trim();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            return $"it took more than {Limit.TotalMinutes} minutes";
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"exit code {process.ExitCode}, {lastWords}";
    }

    private static string DotNet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? Environment.ProcessPath!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
