using System.Globalization;
using QuantBuildTasks.Costs.Fitting;
using QuantBuildTasks.Engine.Planning.Costs;

namespace QuantBuildTasks.Costs.Printing;

/// <summary>How well a table explains what was measured.</summary>
internal static class FitTable
{
    public static void Print(TextWriter writer, IReadOnlyList<Sample> samples, CostTable table)
    {
        foreach (IGrouping<string, Sample> chain in samples.GroupBy(s => s.Name))
        {
            IEnumerable<string> cells = chain.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Nanoseconds,9:0} {Predicted(s, table),9:0} {Predicted(s, table) / s.Nanoseconds,6:0.00}"));
            writer.WriteLine($"{chain.Key,-28} {string.Join("  |", cells)}");
        }

        double[] errors = [.. samples.Where(s => s.Nanoseconds > 0).Select(s => Math.Abs((Predicted(s, table) / s.Nanoseconds) - 1)).Order()];
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"relative error: median {errors[errors.Length / 2]:P0}, nine in ten below {errors[errors.Length * 9 / 10]:P0}"));
    }

    private static double Predicted(Sample sample, CostTable table) => sample.Work.Sum(w => table.Of(w.Item) * w.Times);
}
