using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Folding;

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

    /// <summary>Upgrades in place, the bodies of the model's functions too. What has the target version or a newer one stays as it is.</summary>
    /// <param name="model">After an exception it is not to be used any more.</param>
    /// <param name="target">The version wanted, 1 to <see cref="Highest"/>.</param>
    /// <param name="displayPath">What messages call the model.</param>
    /// <returns>Whether the model changed.</returns>
    /// <exception cref="QuantException">QBT1004: an operator that its operator set does not have, or a use of one that has no equal in a newer form.</exception>
    public static bool Run(OnnxModel model, long target, string displayPath)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target, Highest);
        var calls = new FunctionCalls(model);
        bool changed = RunWithoutFunctions(model, target, calls, displayPath);
        foreach (LocalFunction function in model.Functions)
        {
            if (VersionOf(function.Body, function.Opsets, model.IrVersion, target, calls, displayPath) is var from && from < target)
            {
                Upgrade(function.Body, from, target, calls, displayPath);
                StoredConstants.ToNodes(function.Body);
                function.Opsets[""] = target;
                changed = true;
            }
        }

        if (changed)
        {
            model.IrVersion = Math.Max(model.IrVersion, IrVersionOf(target));
        }

        return changed;
    }

    /// <summary>Upgrades the model's graph alone.</summary>
    /// <param name="model">After an exception it is not to be used any more.</param>
    /// <param name="target">The version wanted, 1 to <see cref="Highest"/>.</param>
    /// <param name="calls">The model's functions: a node that calls one stays as it is.</param>
    /// <param name="displayPath">What messages call the model.</param>
    /// <returns>Whether the model changed.</returns>
    /// <exception cref="QuantException">QBT1004, as for <see cref="Run"/>.</exception>
    public static bool RunWithoutFunctions(OnnxModel model, long target, FunctionCalls calls, string displayPath)
    {
        long from = VersionOf(model.Graph, model.Opsets, model.IrVersion, target, calls, displayPath);
        if (from >= target && model.Opsets.ContainsKey(""))
        {
            return false;
        }

        // Steps look for constants, which files of IR version 3 and before list among the inputs.
        new DefaultedInputs().Apply(model, []);
        model.IrVersion = Math.Max(model.IrVersion, IrVersionOf(target));
        Upgrade(model.Graph, from, target, calls, displayPath);
        model.Opsets[""] = target;
        return true;
    }

    /// <summary>Upgrades the nodes of a graph and of all graphs below it.</summary>
    /// <param name="root">The model's graph, or the body of a function. Constants that a step makes become initializers of it.</param>
    /// <param name="from">The operator set that it is written in.</param>
    /// <param name="target">The one wanted, up to <see cref="Highest"/>.</param>
    /// <param name="calls">The model's functions: a node that calls one stays as it is.</param>
    /// <param name="displayPath">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1004, as for <see cref="Run"/>.</exception>
    public static void Upgrade(Graph root, long from, long target, FunctionCalls calls, string displayPath)
    {
        foreach (Node node in NodesOf(root, calls))
        {
            CheckKnown(node, from, displayPath);
        }

        var constants = new UpgradeConstants();
        for (long version = from + 1; version <= target; version++)
        {
            foreach (Node node in NodesOf(root, calls))
            {
                if (!node.IsRemoved && OperatorHistory.StepFor(node.OpType, version) is { } step)
                {
                    step(new UpgradeSite(node, version, constants, displayPath));
                }
            }
        }
    }

    /// <summary>The nodes of ONNX's own domain as they are now: what a step adds is in the new form already.</summary>
    private static Node[] NodesOf(Graph root, FunctionCalls calls) =>
        [.. root.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.Domain.Length == 0 && calls.Find(n) is null)];

    private static long IrVersionOf(long opset) => IrVersions.First(v => v.Opset <= opset).Ir;

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

    private static long VersionOf(Graph root, SortedDictionary<string, long> opsets, long irVersion, long target, FunctionCalls calls, string displayPath)
    {
        if (opsets.TryGetValue("", out long version))
        {
            return version;
        }

        if (irVersion < FirstIrWithOpsets)
        {
            return 1;
        }

        // Without a node of ONNX's own any version is true.
        return NodesOf(root, calls) is [var node, ..]
            ? throw QuantException.Error(
                Codes.ModelUnsupported,
                $"The model uses operators of ONNX ({node.OpType} at {node.DisplayName}) and does not say of which operator set. Export it again.",
                displayPath)
            : target;
    }
}
