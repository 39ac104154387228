using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>A pass that looks at one node at a time, in the main graph and in all branches and loop bodies.</summary>
internal abstract class NodePass : IPass
{
    public abstract string Name { get; }

    public abstract Fidelity Keeps { get; }

    /// <summary>Nodes that the user names and that a pass must not turn into another operator; asked by those passes that do.</summary>
    public Func<Node, bool> IsKept { get; init; } = static _ => false;

    public virtual bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        bool changed = false;
        foreach (Graph graph in model.Graph.SelfAndSubgraphs().ToArray())
        {
            foreach (Node node in graph.Nodes.ToArray())
            {
                if (node.IsRemoved)
                {
                    continue;
                }

                string name = node.DisplayName;
                Outcome outcome = Visit(node, model);
                changed |= outcome.Changed;
                if (outcome.Reason is { } reason)
                {
                    declines.Add(new Decline(Name, name, reason));
                }
            }
        }

        return changed;
    }

    /// <summary>Looks at one node as the end of the pattern and rewrites it where it matches.</summary>
    protected abstract Outcome Visit(Node node, OnnxModel model);
}

/// <summary>What became of one node.</summary>
internal readonly record struct Outcome
{
    /// <summary>The node has nothing to do with the pattern.</summary>
    public static readonly Outcome NoMatch;

    public static readonly Outcome Rewritten = new() { Changed = true };

    /// <summary>The user names the node.</summary>
    public static readonly Outcome Kept = Decline("it is to be kept as it is");

    public bool Changed { get; private init; }

    /// <summary>Why a near match was left alone.</summary>
    public string? Reason { get; private init; }

    public static Outcome Decline(string reason) => new() { Reason = reason };
}
