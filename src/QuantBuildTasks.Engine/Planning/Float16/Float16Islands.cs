using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>
/// Groups of nodes that hand float16 to each other. A group that neither multiplies matrices nor carries weights saves less than the conversions around it
/// cost where those are as many as its nodes: it stays float32.
/// </summary>
internal static class Float16Islands
{
    public const string Reason = "the conversions around it would cost more than float16 saves";

    /// <summary>Stored numbers from which on half their size is worth a conversion.</summary>
    private const int ManyNumbers = 4096;

    private static readonly HashSet<string> Heavy = new(StringComparer.Ordinal) { "Attention", "Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN" };

    /// <summary>The nodes that are not worth it.</summary>
    /// <param name="nodes">All nodes, in graph order.</param>
    /// <param name="float16">Those that could compute in float16.</param>
    public static HashSet<Node> NotWorthIt(IReadOnlyList<Node> nodes, IReadOnlySet<Node> float16)
    {
        var groups = new ValueGroups();
        foreach (Node node in nodes.Where(float16.Contains))
        {
            foreach (Node producer in Float16Ports.Inputs(node).Select(i => node.Input(i)!.Producer).OfType<Node>().Where(float16.Contains))
            {
                groups.Join(Name(producer), Name(node));
            }
        }

        return
        [
            .. nodes.Where(float16.Contains).GroupBy(n => groups.Root(Name(n))).Select(g => g.ToArray())
                .Where(g => !Array.Exists(g, Matters) && Conversions(g) >= g.Length).SelectMany(g => g),
        ];
    }

    /// <summary>A value that belongs to the node alone.</summary>
    private static Value Name(Node node) => node.Outputs.First(o => o is not null)!;

    private static bool Matters(Node node) =>
        Heavy.Contains(node.OpType) || Float16Ports.Inputs(node).Any(i => node.Input(i)!.Constant is { Length: >= ManyNumbers });

    private static int Conversions(Node[] group)
    {
        HashSet<Node> members = [.. group];
        int into = members
            .SelectMany(n => Float16Ports.Inputs(n).Select(i => n.Input(i)!))
            .Distinct()
            .Count(v => v.Constant is null && (v.Producer is null || !members.Contains(v.Producer)));
        int outOf = members
            .SelectMany(n => Float16Ports.Outputs(n).Select(n.Output))
            .Count(v => v.IsGraphOutput || v.Uses.Any(u => !members.Contains(u.Node) && !Float16Ports.ReadsFormAlone(u.Node)));
        return into + outOf;
    }
}
