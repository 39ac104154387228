using System.Globalization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Tool.Commands;
using Spectre.Console;

namespace QuantBuildTasks.Tool.Display;

/// <summary>What came out: one line for each profile, and on a terminal a table with more.</summary>
internal static class ResultView
{
    public static void Show(ToolHost host, QuantResult result)
    {
        foreach (QuantVariant variant in result.Variants)
        {
            host.Output.WriteLine(ResultLine.Of(result.Job, variant));
        }

        if (host.IsTerminal && result.Variants.Count > 0)
        {
            host.Console.Write(Build(result));
        }
    }

    /// <summary>A column for each profile: there are few, and names and values of rows are long.</summary>
    private static Table Build(QuantResult result)
    {
        Table table = new Table().RoundedBorder().AddColumn("");
        foreach (QuantVariant variant in result.Variants)
        {
            table.AddColumn(Markup.Escape(variant.Profile.Name));
        }

        Row("Precision", v => ResultLine.Precision(v.Plan));
        Row("Size", v => $"{v.Report.ArtifactBytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {ResultLine.Size(v.Report)}");
        Row("Metric", v => ResultLine.Metric(v.Report));
        Row("Output SQNR", v => MetricText.Decibels(v.Report.SqnrDb));
        Row("Integer multiply-adds", v => MetricText.Number(v.Report.IntegerShare * 100, "0.0") + " %");
        Row("Speed", v => v.Report.Speedup is { } speedup ? ResultLine.Speed(speedup) : "not measured");
        Row("Measured", v => ResultLine.Basis(v.Report));
        table.AddRow([new Markup("Gate"), .. result.Variants.Select(v => Verdict(v.Report.Outcome))]);
        return table;

        void Row(string name, Func<QuantVariant, string> value) =>
            table.AddRow([name, .. result.Variants.Select(v => Markup.Escape(value(v)))]);
    }

    private static Markup Verdict(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Passed => new Markup("[green]passed[/]"),
        GateOutcome.Regressed => new Markup("[red]regressed[/]"),
        _ => new Markup("[yellow]too few samples[/]"),
    };
}
