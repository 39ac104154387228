using System.CommandLine;
using System.Globalization;
using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Costs.Fitting;
using QuantBuildTasks.Costs.Measuring;
using QuantBuildTasks.Costs.Printing;
using QuantBuildTasks.Engine.Planning.Costs;

namespace QuantBuildTasks.Costs;

/// <summary>Measures what ONNX Runtime's kernels cost on this machine, and writes the table that the engine decides by.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        var output = new Option<FileInfo?>("--out") { Description = "Where the table goes. Default: nowhere." };
        var name = new Option<string>("--name") { Description = "The table's name.", DefaultValueFactory = _ => "x64-vnni" };
        var budget = new Option<double>("--seconds") { Description = "Seconds for each chain.", DefaultValueFactory = _ => 0.4 };
        var only = new Option<string?>("--only") { Description = "Chains whose name begins so." };
        var root = new RootCommand("Measures operators as float32 and as integers, and fits a table of their costs.") { output, name, budget, only };
        root.SetAction(parsed =>
        {
            var clock = new PairedClock(TimeSpan.FromSeconds(parsed.GetValue(budget)));
            string? prefix = parsed.GetValue(only);
            var samples = new List<Sample>();
            foreach (Chain chain in ChainGrid.All().Where(c => prefix is null || c.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                Sample[] both = [.. Sample.Measure(chain, clock)];
                samples.AddRange(both);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{chain.Name,-28} {both[0].Nanoseconds,10:0} {both[1].Nanoseconds,10:0}"));
            }

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
}
