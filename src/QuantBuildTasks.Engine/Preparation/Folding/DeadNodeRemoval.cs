using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: nodes whose results nothing reads, and initializers and names that nothing uses. Graph inputs and outputs stay: they are the
/// caller's.
/// </summary>
internal sealed class DeadNodeRemoval : IPass
{
    public string Name => nameof(DeadNodeRemoval);

    public Fidelity Keeps => Fidelity.BitExact;

    public bool Apply(OnnxModel model, ICollection<Decline> declines) => Sweep(model.Graph);

    /// <summary>From the end to the start, bodies of a node before what stands before it: one walk sees every chain of dead nodes.</summary>
    private static bool Sweep(Graph graph)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Reverse().ToArray())
        {
            if (node.Outputs.All(o => o is null || (o.Uses.Count == 0 && !o.IsGraphOutput)))
            {
                graph.Remove(node);
                changed = true;
                continue;
            }

            foreach (Graph body in node.Subgraphs)
            {
                changed |= Sweep(body);
            }
        }

        foreach (Value value in graph.Values.Where(v => v.Uses.Count == 0 && v.Producer is null && !v.IsGraphInput && !v.IsGraphOutput).ToArray())
        {
            graph.Remove(value);
            changed = true;
        }

        return changed;
    }
}
