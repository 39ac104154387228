using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>
/// Brings a model to a newer version of ONNX's own operator set, one version after the other: each step knows two neighbouring forms only, and their
/// sequence gives every way. Other domains keep their versions. docs/opset-upgrade.md lists what changes.
/// </summary>
internal static class OpsetUpgrade
{
    /// <summary>The newest operator set that is known here.</summary>
    public const long Highest = 23;

    /// <summary>Files before this IR version name no operator set and are written in the first.</summary>
    private const long FirstIrWithOpsets = 3;

    /// <summary>The least IR version of files with an operator set (ONNX versioning table), from the newest down.</summary>
    private static readonly (long Opset, long Ir)[] IrVersions = [(23, 11), (21, 10), (19, 9), (15, 8), (12, 7), (11, 6), (10, 5), (9, 4), (1, 3)];

    /// <summary>Upgrades in place. A model that has the target version or a newer one stays as it is.</summary>
    /// <param name="model">After an exception it is not to be used any more.</param>
    /// <param name="target">The version wanted, 1 to <see cref="Highest"/>.</param>
    /// <param name="displayPath">What messages call the model.</param>
    /// <returns>Whether the model changed.</returns>
    /// <exception cref="QuantException">QBT1004: an operator that its operator set does not have, or a use of one that has no equal in a newer form.</exception>
    public static bool Run(OnnxModel model, long target, string displayPath)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target, Highest);
        long from = VersionOf(model, target, displayPath);
        if (from >= target && model.Opsets.ContainsKey(""))
        {
            return false;
        }

        // Steps look for constants, which files of IR version 3 and before list among the inputs.
        new DefaultedInputs().Apply(model, []);
        model.IrVersion = Math.Max(model.IrVersion, IrVersions.First(v => v.Opset <= target).Ir);
        Upgrade(model.Graph, from, target, displayPath);
        model.Opsets[""] = target;
        return true;
    }

    /// <summary>Upgrades the nodes of a graph and of all graphs below it.</summary>
    private static void Upgrade(Graph root, long from, long target, string displayPath)
    {
        foreach (Node node in NodesOf(root))
        {
            CheckKnown(node, from, displayPath);
        }

        var constants = new UpgradeConstants();
        for (long version = from + 1; version <= target; version++)
        {
            foreach (Node node in NodesOf(root))
            {
                if (!node.IsRemoved && OperatorHistory.StepFor(node.OpType, version) is { } step)
                {
                    step(new UpgradeSite(node, version, constants, displayPath));
                }
            }
        }
    }

    /// <summary>The nodes of ONNX's own domain as they are now: what a step adds is in the new form already.</summary>
    private static Node[] NodesOf(Graph root) => [.. root.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.Domain.Length == 0)];

    private static void CheckKnown(Node node, long opset, string displayPath)
    {
        if (!OperatorHistory.Has(node.OpType, opset))
        {
            throw QuantException.Error(
                Codes.ModelUnsupported,
                $"{node.DisplayName} is a {node.OpType}, which operator set {opset} of ONNX does not have, so that nobody knows its form in a newer one. "
                + "Export the model again with a newer opset_version, or give the operator a domain of its own.",
                displayPath);
        }
    }

    private static long VersionOf(OnnxModel model, long target, string displayPath)
    {
        if (model.Opsets.TryGetValue("", out long version))
        {
            return version;
        }

        if (model.IrVersion < FirstIrWithOpsets)
        {
            return 1;
        }

        // Without a node of ONNX's own any version is true.
        return NodesOf(model.Graph) is [var node, ..]
            ? throw QuantException.Error(
                Codes.ModelUnsupported,
                $"The model uses operators of ONNX ({node.OpType} at {node.DisplayName}) and does not say of which operator set. Export it again.",
                displayPath)
            : target;
    }
}
