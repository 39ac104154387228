using System.CommandLine;
using System.Text.Json;
using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Conformance.Printing;
using QuantBuildTasks.Conformance.Running;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance;

/// <summary>Takes ONNX's conformance models through load, save, upgrade and quantizing, and writes the page that says what came out.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is [ExaminingProcess.Verb, var task])
        {
            ExaminingProcess.Work(task);
            return 0;
        }

        var models = new Option<DirectoryInfo>("--models") { Description = "Folder of the models. Default: that of Debian's package libonnx-testdata.", DefaultValueFactory = _ => new DirectoryInfo(ConformanceModel.PackageRoot) };
        var part = new Option<string?>("--part") { Description = "Only models whose name contains this." };
        var page = new Option<FileInfo?>("--page") { Description = "Where the page goes. Default: standard output." };
        var json = new Option<FileInfo?>("--json") { Description = "Where the findings go, a line of JSON for each model." };
        var root = new RootCommand("Takes ONNX's conformance models through load, save, upgrade and quantizing. Ends with 1 where something fails that is ours.") { models, part, page, json };
        root.SetAction(parsed =>
        {
            DirectoryInfo folder = parsed.GetRequiredValue(models);
            if (!folder.Exists)
            {
                Console.Error.WriteLine($"There is no folder '{folder}'. Install libonnx-testdata, or name a folder with --models.");
                return 2;
            }

            ConformanceResult result = ConformanceRun.Run(folder.FullName, parsed.GetValue(part));
            Write(parsed.GetValue(page), ConformancePage.Render(result));
            if (parsed.GetValue(json) is { } lines)
            {
                File.WriteAllLines(lines.FullName, result.Findings.Select(f => JsonSerializer.Serialize(f, FindingJson.Default.ModelFinding)));
            }

            string[] defects = [.. result.Findings.SelectMany(f => f.Steps().Where(s => s.Result.Verdict == Verdict.Fails).Select(s => $"{f.Model}, {s.Step}: {s.Result.Reason}"))];
            Array.ForEach(defects, Console.Error.WriteLine);
            return defects.Length == 0 ? 0 : 1;
        });
        return root.Parse(args).Invoke();
    }

    private static void Write(FileInfo? to, string text)
    {
        if (to is null)
        {
            Console.Write(text);
        }
        else
        {
            File.WriteAllText(to.FullName, text);
        }
    }
}
