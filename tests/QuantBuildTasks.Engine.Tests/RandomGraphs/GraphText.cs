using System.Globalization;
using System.Text;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>A graph as lines that a person reads: <c>v4 = Conv(x, w1[3, 3, 1, 1]) group=1</c>.</summary>
internal static class GraphText
{
    public static string Of(OnnxModel model)
    {
        var text = new StringBuilder();
        Write(text, model.Graph, "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, Graph graph, string indent)
    {
        text.Append(CultureInfo.InvariantCulture, $"{indent}inputs {string.Join(", ", graph.Inputs.Select(i => $"{i.Name}{i.Shape}"))}\n");
        foreach (Node node in graph.Nodes)
        {
            string attributes = string.Concat(node.Attributes.Where(a => a.Value is not Graph).Select(a => $" {a.Name}={Show(a.Value)}"));
            text.Append(CultureInfo.InvariantCulture, $"{indent}{string.Join(", ", node.Outputs.Select(o => o?.Name ?? "_"))} = {node.OpType}({string.Join(", ", node.Inputs.Select(Show))}){attributes}\n");
            foreach (NodeAttribute body in node.Attributes.Where(a => a.Value is Graph))
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}  {body.Name}:\n");
                Write(text, (Graph)body.Value!, indent + "    ");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"{indent}outputs {string.Join(", ", graph.Outputs.Select(o => o.Name))}\n");
    }

    private static string Show(Value? value) => value switch
    {
        null => "_",
        { Initializer: { Length: <= 4 } tensor } => $"{value.Name}{value.Shape}={Show(tensor)}",
        { Initializer: not null } => $"{value.Name}{value.Shape}",
        _ => value.Name,
    };

    private static string Show(object? value) => value switch
    {
        long[] ints => $"[{string.Join(", ", ints)}]",
        float[] floats => $"[{string.Join(", ", floats)}]",
        byte[] text => Encoding.UTF8.GetString(text),
        Tensor { Type: ElementType.Int64 } t => Show(t.Span<long>().ToArray()),
        Tensor { Type: ElementType.Float32, Length: <= 4 } t => Show(t.Span<float>().ToArray()),
        Tensor { Type: ElementType.Bool } t => Show(t.Span<bool>()[0]),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null",
    };
}
