using System.CommandLine;
using System.Globalization;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;
using QuantBuildTasks.Zoo.Printing;

namespace QuantBuildTasks.Zoo;

/// <summary>Quantizes a folder of models and prints what came out beside what other tools reached on them.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is [ChildProcess.Verb, var task])
        {
            ChildProcess.Work(task);
            return 0;
        }

        var folder = new Argument<DirectoryInfo>("zoo") { Description = "Folder of entries: model.onnx, manifest.json and peers.json each." };
        var entries = List("--entries", "Names of entries. Default: all.");
        var profiles = List("--profiles", "Profiles. Default: all but those for a GPU.");
        var recipes = List("--recipes", "Recipes. Default: balanced.");
        var precisions = List("--precisions", "Precisions. Default: auto.");
        var output = new Option<DirectoryInfo?>("--out") { Description = "Where the quantized models and their reports go. Default: a temporary folder." };
        var json = new Option<FileInfo?>("--json") { Description = "Where the rows go as JSON." };
        var readme = new Option<FileInfo?>("--readme") { Description = "A Markdown file whose marked table is replaced by these rows." };
        var page = new Option<FileInfo?>("--page") { Description = "Where the page of numbers and judgements goes, as Markdown." };
        var made = List("--rows", "Files of rows that --json wrote: they are put together, the later of two alike counts, and nothing runs.");
        var samples = new Option<int?>("--samples") { Description = "Samples to calibrate with: the first ones, or all of them in a circle. Default: all, once each." };
        var repetitions = new Option<string>("--repeat-samples") { Description = "How often to go over the calibration data; auto: until a float32 pass takes five seconds. Such rows tell what quantizing costs.", DefaultValueFactory = _ => "1" };
        repetitions.Validators.Add(r =>
        {
            if (Repetitions(r.GetValueOrDefault<string>()) is null)
            {
                r.AddError("--repeat-samples takes a number from 1, or auto.");
            }
        });
        var emulation = new Option<int>("--emulation-samples") { Description = "Samples to score under emulators of the profiles' processors. Default: 0, none." };
        var scorers = new Option<DirectoryInfo?>("--emulation-directory") { Description = "The folder tools of the package QuantBuildTasks.Emulation, for arm64." };
        var saturation = new Option<bool>("--compare-saturation") { Description = "Only compare the ways to keep kernels without VNNI from saturating: SQNR of each, as a Markdown table." };
        var root = new RootCommand("Quantizes zoo entries, and prints size, accuracy, speed and cost beside the best of the other tools.")
        {
            folder, entries, profiles, recipes, precisions, output, json, readme, page, made, samples, repetitions, emulation, scorers, saturation,
        };
        root.SetAction(parsed =>
        {
            DirectoryInfo zoo = parsed.GetRequiredValue(folder);
            IReadOnlyList<ZooEntry> all = ZooEntry.ReadAll(zoo.FullName, Words(parsed.GetValue(entries)));
            if (all.Count == 0)
            {
                Console.Error.WriteLine($"There is no entry in '{zoo.FullName}'.");
                return 2;
            }

            if (parsed.GetValue(saturation))
            {
                return SaturationComparison.Print(Console.Out, all);
            }

            var plan = new ZooPlan
            {
                Profiles = Words(parsed.GetValue(profiles)) is { Count: > 0 } names ? names : [.. ProfileCatalog.BuiltIn.For("", gpuPackage: false).Select(p => p.Name)],
                Recipes = Words(parsed.GetValue(recipes)) is { Count: > 0 } some ? some : ["balanced"],
                Precisions = Words(parsed.GetValue(precisions)) is { Count: > 0 } others ? others : ["auto"],
                OutputFolder = parsed.GetValue(output)?.FullName ?? Directory.CreateTempSubdirectory("zoo-").FullName,
                JsonFile = parsed.GetValue(json)?.FullName,
                EmulationSamples = parsed.GetValue(emulation),
                EmulationDirectory = parsed.GetValue(scorers)?.FullName,
                Samples = parsed.GetValue(samples),
                Repetitions = Repetitions(parsed.GetValue(repetitions))!.Value,
            };
            IReadOnlyList<string> files = Words(parsed.GetValue(made));
            IReadOnlyList<ZooRow> rows = files.Count > 0 ? Chosen(RowFiles.Read(files), all, parsed.GetValue(json)) : plan.Run(all, Console.Error);
            Table.Print(Console.Out, all, rows);
            if (parsed.GetValue(readme) is { } file)
            {
                ReadmeTable.Update(file.FullName, all, rows);
            }

            if (parsed.GetValue(page) is { } to)
            {
                File.WriteAllText(to.FullName, AccuracyPage.Render(all, rows));
            }

            return rows.All(r => r.Error is not null) ? 1 : 0;
        });
        return root.Parse(args).Invoke();
    }

    /// <summary>The rows of the entries that were asked for, and of no others; put together in one file where one is named.</summary>
    private static IReadOnlyList<ZooRow> Chosen(IReadOnlyList<ZooRow> rows, IReadOnlyList<ZooEntry> entries, FileInfo? together)
    {
        HashSet<string> names = [.. entries.Select(e => e.Name)];
        IReadOnlyList<ZooRow> chosen = [.. rows.Where(r => names.Contains(r.Entry))];
        if (together is not null)
        {
            RowFiles.Write(together.FullName, chosen);
        }

        return chosen;
    }

    /// <summary>0: as many as it takes; null: neither a number nor auto.</summary>
    private static int? Repetitions(string? text) =>
        text == "auto" ? 0 : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int times) && times > 0 ? times : null;

    private static Option<string[]> List(string name, string description) =>
        new(name) { Description = description + " Separated by commas.", Arity = ArgumentArity.OneOrMore };

    private static IReadOnlyList<string> Words(string[]? values) =>
        [.. (values ?? []).SelectMany(v => v.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
