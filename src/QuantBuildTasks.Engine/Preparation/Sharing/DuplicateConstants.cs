using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Sharing;

/// <summary>
/// Pattern: initializers of one type, the same sizes and the same bytes, in one graph or in a graph around. The first of them is read in the place of all.
/// Formula: none; −0 and 0, and NaNs of different bits, are different constants.
/// Declines: constants that are graph outputs, whose names are the caller's; defaults that a caller may replace; a first one that a value of the same name
/// hides from the graph of the second.
/// </summary>
internal sealed class DuplicateConstants : IPass
{
    /// <summary>So many bytes tell weights apart without reading them, mapped as they may be; only what starts alike is compared to its end.</summary>
    private const int Prefix = 64;

    public string Name => nameof(DuplicateConstants);

    public Fidelity Keeps => Fidelity.BitExact;

    public bool Apply(OnnxModel model, ICollection<Decline> declines) => Merge(model.Graph, []);

    /// <summary>Merges the constants of a graph and those below.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">The constants of the graphs around; left as it was.</param>
    private static bool Merge(Graph graph, Dictionary<(ElementType, string, ulong), List<Value>> known)
    {
        bool changed = false;
        var added = new List<List<Value>>();
        foreach (Value value in graph.Initializers.Where(v => v is { Constant.Strings: null, IsGraphOutput: false }).ToArray())
        {
            ref List<Value>? alike = ref CollectionsMarshal.GetValueRefOrAddDefault(known, Key(value.Constant!), out _);
            alike ??= [];
            if (alike.Find(v => graph.Find(v.Name) == v && v.Constant!.Bytes.Span.SequenceEqual(value.Constant!.Bytes.Span)) is not { } first)
            {
                alike.Add(value);
                added.Add(alike);
                continue;
            }

            value.ReplaceUsesBy(first);
            graph.Remove(value);
            changed = true;
        }

        foreach (Graph body in graph.Nodes.SelectMany(n => n.Subgraphs))
        {
            changed |= Merge(body, known);
        }

        added.ForEach(a => a.RemoveAt(a.Count - 1));
        return changed;
    }

    private static (ElementType Type, string Sizes, ulong Start) Key(Tensor tensor)
    {
        ulong hash = 14695981039346656037UL;
        foreach (byte b in tensor.Bytes.Span[..Math.Min(Prefix, tensor.Bytes.Length)])
        {
            hash = unchecked((hash ^ b) * 1099511628211UL);
        }

        return (tensor.Type, string.Join(',', tensor.Dims), hash);
    }
}
