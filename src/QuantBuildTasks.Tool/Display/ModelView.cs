using System.Globalization;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Tool.Commands;
using QuantBuildTasks.Tool.Inspection;

namespace QuantBuildTasks.Tool.Display;

/// <summary>A model's summary as plain aligned text, the same on a terminal and in a file.</summary>
internal static class ModelView
{
    public static void Show(ToolHost host, ModelSummary summary)
    {
        TextWriter to = host.Output;
        string producer = summary.Producer.Length == 0 ? "" : $" by {summary.Producer}";
        to.WriteLine($"ONNX IR {Text(summary.IrVersion)}{producer}, opset {string.Join(", ", summary.Opsets.Select(o => $"{o.Domain} {Text(o.Version)}"))}");
        Ports(to, "Inputs", summary.Inputs);
        Ports(to, "Outputs", summary.Outputs);

        to.WriteLine();
        to.WriteLine($"Stored: {Text(summary.Parameters)} floating-point parameters");
        Rows(to, summary.Bytes.Select(b => new[] { b.Type.ToString().ToLowerInvariant(), $"{Text(b.Bytes)} bytes" }));

        to.WriteLine();
        to.WriteLine($"Operators: {Text(summary.Nodes)} nodes");
        Rows(to, summary.Operators.Select(o => new[] { o.Name, Text(o.Count), o.Profiles.Count == 0 ? "" : $"integer kernel: {string.Join(", ", o.Profiles)}" }));

        to.WriteLine();
        foreach ((string profile, int nodes) in summary.IntegerOperators)
        {
            to.WriteLine($"{profile}: {Text(nodes)} of {Text(summary.Nodes)} nodes have an operator with an integer kernel.");
        }
    }

    /// <summary>Operator and name of every node, those of branches and loop bodies included.</summary>
    public static void ShowNodes(ToolHost host, OnnxModel model)
    {
        host.Output.WriteLine();
        host.Output.WriteLine("Nodes");
        Rows(host.Output, model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => new[] { n.OpType, n.DisplayName }));
    }

    private static void Ports(TextWriter to, string title, IReadOnlyList<Port> ports)
    {
        to.WriteLine();
        to.WriteLine(title);
        Rows(to, ports.Select(p => new[] { p.Name, p.Type, p.Shape }));
    }

    private static void Rows(TextWriter to, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        int[] widths = all.Length == 0 ? [] : [.. Enumerable.Range(0, all[0].Length).Select(i => all.Max(r => r[i].Length))];
        foreach (string[] row in all)
        {
            IEnumerable<string> cells = row.Select((cell, i) => cell.PadRight(widths[i]));
            to.WriteLine(("  " + string.Join("  ", cells)).TrimEnd());
        }
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
