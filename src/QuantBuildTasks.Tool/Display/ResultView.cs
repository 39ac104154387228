using System.Globalization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Tool.Commands;
using Spectre.Console;

namespace QuantBuildTasks.Tool.Display;

/// <summary>What came out: a table on a terminal, one line for each profile elsewhere.</summary>
internal static class ResultView
{
    public static void Show(ToolHost host, QuantResult result)
    {
        if (!host.IsTerminal)
        {
            foreach (QuantVariant variant in result.Variants)
            {
                host.Output.WriteLine(ResultLine.Of(result.Job, variant));
            }

            return;
        }

        if (result.Variants.Count > 0)
        {
            host.Console.Write(Build(result));
        }
    }

    private static Table Build(QuantResult result)
    {
        Table table = new Table().RoundedBorder()
            .AddColumns("Profile", "Precision", "Size", "Metric", "SQNR", "Integer multiply-adds", "Speed", "Measured", "Gate");
        foreach (QuantVariant variant in result.Variants)
        {
            ValidationReport report = variant.Report;
            string[] cells =
            [
                variant.Profile.Name,
                ResultLine.Precision(variant.Plan),
                $"{report.ArtifactBytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {ResultLine.Size(report)}",
                ResultLine.Metric(report),
                MetricText.Decibels(report.SqnrDb),
                MetricText.Number(report.IntegerShare * 100, "0.0") + " %",
                report.Speedup is { } speedup ? ResultLine.Speed(speedup) : "not measured",
                report.Basis,
            ];
            table.AddRow([.. cells.Select(c => new Markup(Markup.Escape(c))), Verdict(report.Verdict.Outcome)]);
        }

        return table;
    }

    private static Markup Verdict(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Passed => new Markup("[green]passed[/]"),
        GateOutcome.Regressed => new Markup("[red]regressed[/]"),
        _ => new Markup("[yellow]too few samples[/]"),
    };
}
