namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>What a version of ONNX's operator set did to one operator.</summary>
internal enum ChangeKind
{
    /// <summary>The operator appears.</summary>
    Added,

    /// <summary>More element types, or optional parts whose default is what the operator did before: a node stays as it is.</summary>
    Compatible,

    /// <summary>The form or the meaning changed: a node is rewritten.</summary>
    Rewritten,

    /// <summary>The operator is gone; another takes its place.</summary>
    Replaced,
}

/// <summary>Rewrites one node from the form of the operator set before into that of the operator set in which the change came.</summary>
/// <param name="at">The node and the ways to change what is around it.</param>
/// <exception cref="Diagnostics.QuantException">QBT1004: this use of the operator has no equal in the newer form.</exception>
internal delegate void UpgradeStep(UpgradeSite at);

/// <summary>One line of the operators' history; docs/opset-upgrade.md lists them.</summary>
/// <param name="Operator">The operator's name.</param>
/// <param name="Version">The operator set that brought the change.</param>
/// <param name="Kind">What it means for a node.</param>
/// <param name="Change">What changed, where a node is rewritten.</param>
/// <param name="Action">What becomes of a node, where it is rewritten.</param>
/// <param name="Step">Does it.</param>
internal sealed record OperatorChange(string Operator, long Version, ChangeKind Kind, string Change = "", string Action = "", UpgradeStep? Step = null);
