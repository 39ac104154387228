using System.CommandLine;
using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Costs.Fitting;
using QuantBuildTasks.Costs.Measuring;
using QuantBuildTasks.Costs.Models;
using QuantBuildTasks.Costs.Printing;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Costs;

/// <summary>Measures what ONNX Runtime's kernels cost on this machine, and writes the table that the engine decides by.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        var output = new Option<FileInfo?>("--out") { Description = "Where the table goes. Default: nowhere." };
        var name = new Option<string>("--name") { Description = "The table's name.", DefaultValueFactory = _ => "x64-vnni" };
        var budget = new Option<double>("--seconds") { Description = "Seconds for each chain.", DefaultValueFactory = _ => 0.4 };
        var passes = new Option<int>("--passes") { Description = "How often to go over all chains, keeping the smallest times: what else the machine does comes and goes.", DefaultValueFactory = _ => 3 };
        var only = new Option<string?>("--only") { Description = "Chains whose name begins so." };
        var root = new RootCommand("Measures operators as float32 and as integers, and fits a table of their costs.") { output, name, budget, passes, only };
        var times = new Option<FileInfo?>("--times") { Description = "A file of the smallest times so far, which this run brings down further. With --passes 0 only the fit is made anew." };
        root.Add(times);
        var models = new Option<bool>("--models") { Description = "Hold the built-in table against the clock on whole models, instead of making one." };
        root.Add(models);
        var files = new Option<FileInfo[]>("--file") { Description = "With --models: ONNX files to take in place of the built-in families.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        root.Add(files);
        var processor = new Option<string?>("--predict-with") { Description = "With --models: the table that times are predicted with, for a processor among those that a profile's table is the mean of. Default: the profile's." };
        root.Add(processor);
        root.SetAction(parsed =>
        {
            var clock = new PairedClock(TimeSpan.FromSeconds(parsed.GetValue(budget)));
            if (parsed.GetValue(models))
            {
                HardwareProfile profile = BuiltInProfiles.All.Single(p => p.Name == parsed.GetValue(name));
                ModelTable.Print(Console.Out, parsed.GetValue(files) is { Length: > 0 } given
                    ? [.. given.Select(f => ModelRow.Measure(f.Name, Prepared(f.FullName), profile, parsed.GetValue(processor), clock))]
                    : [.. Families.All.Select(f => ModelRow.Measure(f.Name, f.Build(), profile, parsed.GetValue(processor), clock))]);
                return 0;
            }

            string? prefix = parsed.GetValue(only);
            Chain[] chains = [.. ChainGrid.All().Where(c => prefix is null || c.Name.StartsWith(prefix, StringComparison.Ordinal))];
            var least = new LeastTimes(parsed.GetValue(times)?.FullName);
            for (int pass = 0; pass < parsed.GetValue(passes); pass++)
            {
                foreach (Chain chain in chains)
                {
                    least.Add(chain.Name, Sample.Times(chain, clock));
                }

                least.Save();
                Console.Error.WriteLine($"pass {pass + 1} of {parsed.GetValue(passes)}");
            }

            Sample[] samples = [.. chains.Where(c => least.Of(c.Name) is not null).SelectMany(c => Sample.Of(c, least.Of(c.Name)!))];
            CostTable table = TableFit.Of([.. samples.Where(s => s.Nanoseconds > 0)], parsed.GetRequiredValue(name), MachineText.Method());
            FitTable.Print(Console.Out, samples, table);
            if (parsed.GetValue(output) is { } file)
            {
                File.WriteAllBytes(file.FullName, table.Write());
            }

            return 0;
        });
        return root.Parse(args).Invoke();
    }

    private static OnnxModel Prepared(string path) => new Preparer(new OrtInference()).Run(ModelReader.ReadFile(path)).Model;
}
