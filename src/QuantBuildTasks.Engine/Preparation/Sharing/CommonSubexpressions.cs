using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Sharing;

/// <summary>
/// Pattern: two nodes with one operator, the same attributes and the same inputs, in one graph or in a graph around (<see cref="NodeIdentity"/>). The first one's
/// results are read in the place of the second's.
/// Formula: none; an operator of ONNX that draws no random numbers gives the same results for the same inputs.
/// Declines: results that are graph outputs on both sides, or inside a branch, since both names are the caller's; a node that the user keeps.
/// </summary>
internal sealed class CommonSubexpressions : IPass
{
    public string Name => nameof(CommonSubexpressions);

    public Fidelity Keeps => Fidelity.BitExact;

    /// <summary>Nodes that the user names and that must not vanish.</summary>
    public Func<Node, bool> IsKept { get; init; } = static _ => false;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        var numbers = new Dictionary<Value, int>();
        var known = new Dictionary<string, Node>(StringComparer.Ordinal);
        return Merge(model.Graph);

        bool Merge(Graph graph)
        {
            bool changed = false;
            var added = new List<string>();
            foreach (Node node in graph.Nodes.ToArray())
            {
                foreach (Graph body in node.Subgraphs)
                {
                    changed |= Merge(body);
                }

                if (NodeIdentity.Of(node, model, NumberOf) is not { } identity)
                {
                    continue;
                }

                if (known.TryAdd(identity, node))
                {
                    added.Add(identity);
                }
                else if (ReasonAgainst(known[identity], node) is { } reason)
                {
                    declines.Add(new Decline(Name, node.DisplayName, reason));
                }
                else
                {
                    Replace(node, known[identity]);
                    changed = true;
                }
            }

            // What a body computes, its siblings do not see.
            added.ForEach(a => known.Remove(a));
            return changed;
        }

        int NumberOf(Value value)
        {
            if (!numbers.TryGetValue(value, out int number))
            {
                numbers.Add(value, number = numbers.Count);
            }

            return number;
        }
    }

    private string? ReasonAgainst(Node first, Node second)
    {
        if (IsKept(first) || IsKept(second))
        {
            return $"it or {first.DisplayName}, which computes the same, is to be kept as it is";
        }

        for (int i = 0; i < second.Outputs.Count; i++)
        {
            if (second.Outputs[i] is not { } output)
            {
                continue;
            }

            if (i >= first.Outputs.Count || first.Outputs[i] is not { } earlier)
            {
                return $"{first.DisplayName}, which computes the same, leaves out an output";
            }

            if (output.IsGraphOutput && (earlier.IsGraphOutput || earlier.Graph != output.Graph))
            {
                return $"its result is a graph output of its own beside that of {first.DisplayName}, which computes the same";
            }

            if (second.Graph.Find(earlier.Name) != earlier)
            {
                return $"another value named '{earlier.Name}' hides the result of {first.DisplayName}, which computes the same";
            }
        }

        return null;
    }

    /// <summary>The name of a graph output passes to the node that stays.</summary>
    private static void Replace(Node second, Node first)
    {
        Value?[] outputs = [.. second.Outputs];
        second.Graph.Remove(second);
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } output)
            {
                continue;
            }

            Value earlier = first.Output(i);
            (Value kept, Value gone) = output.IsGraphOutput ? (output, earlier) : (earlier, output);
            gone.ReplaceUsesBy(kept);
            if (kept == output)
            {
                first.SetOutput(i, kept);
            }

            gone.Graph.Remove(gone);
        }
    }
}
