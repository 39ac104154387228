using System.Globalization;
using QuantBuildTasks.Costs.Models;

namespace QuantBuildTasks.Costs.Printing;

/// <summary>Whole models as a Markdown table.</summary>
internal static class ModelTable
{
    public static void Print(TextWriter writer, IReadOnlyList<ModelRow> rows)
    {
        writer.WriteLine("| model | float32, µs | predicted | all integers | predicted | chosen | predicted | integer multiply-adds |");
        writer.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (ModelRow r in rows)
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {r.Name} | {r.Float32.Measured / 1000:0} | {r.Float32.Predicted / 1000:0} | {Speedup(r, r.Everything.Measured)} | {Predicted(r, r.Everything.Predicted)} | {Speedup(r, r.Chosen.Measured)} | {Predicted(r, r.Chosen.Predicted)} | {100 * r.IntegerShare:0} % |"));
        }
    }

    private static string Speedup(ModelRow row, double measured) => string.Create(CultureInfo.InvariantCulture, $"{row.Float32.Measured / measured:0.00}×");

    private static string Predicted(ModelRow row, double predicted) => string.Create(CultureInfo.InvariantCulture, $"{row.Float32.Predicted / predicted:0.00}×");
}
