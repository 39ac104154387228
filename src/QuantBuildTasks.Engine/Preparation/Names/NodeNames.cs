using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Names;

/// <summary>
/// Pattern: a node without a name, or with that of a node before it, in the main graph or in any branch or loop body. ONNX asks for neither, but a plan finds nodes
/// by name, and ONNX Runtime's kernels keep the name of the node that they come from.
/// An unnamed node is called by its operator and its first output, a further one of the same name gets a number. Never declines.
/// </summary>
internal sealed class NodeNames : IPass
{
    public string Name => nameof(NodeNames);

    public Fidelity Keeps => Fidelity.BitExact;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        Node[] nodes = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
        HashSet<string> taken = [.. nodes.Select(n => n.Name)];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        bool changed = false;
        foreach (Node node in nodes)
        {
            if (node.Name.Length > 0 && seen.Add(node.Name))
            {
                continue;
            }

            string wanted = node.DisplayName;
            string name = wanted;
            for (int number = 2; !taken.Add(name); number++)
            {
                name = $"{wanted} #{number}";
            }

            node.Name = name;
            seen.Add(name);
            changed = true;
        }

        return changed;
    }
}
