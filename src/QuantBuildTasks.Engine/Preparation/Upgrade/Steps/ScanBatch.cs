using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>
/// Scan, version 9. Version 8 has a batch in dimension 0 of everything and the sequence in dimension 1, and its first input may hold a length for each sample.
/// Where the batch is 1, the node in the new form does the same between Squeeze and Unsqueeze.
/// </summary>
internal static class ScanBatch
{
    public static void Apply(UpgradeSite at)
    {
        Node node = at.Node;
        if (node.Input(0) is not null)
        {
            throw at.Refuse("it has a length for each sequence");
        }

        Value?[] inputs = [.. node.Inputs.Skip(1)];
        if (!inputs.Any(i => i?.Shape is { Rank: > 0 } shape && shape[0].Value == 1))
        {
            throw at.Refuse("its batch is not known to be 1");
        }

        for (int i = 0; i <= inputs.Length; i++)
        {
            node.SetInput(i, i == inputs.Length ? null : at.Before("Squeeze", "sequence", [inputs[i] ?? throw at.Refuse("an input is missing")], NodeAttribute.Of("axes", [0L])));
        }

        if (at.Ints("directions") is { } directions)
        {
            node.SetAttribute(NodeAttribute.Of("scan_input_directions", directions));
            at.Drop("directions");
        }

        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i] is not null)
            {
                (Value computed, Value given) = at.Interpose(i, "sequence");
                at.After("Unsqueeze", [computed], given, NodeAttribute.Of("axes", [0L]));
            }
        }
    }
}
