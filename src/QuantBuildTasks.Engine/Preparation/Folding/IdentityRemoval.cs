using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: a node that gives its input on: Identity, Dropout outside training, Cast to the type that is there, Transpose that keeps the
/// order, Concat, Sum, Mean, Max or Min of one tensor.
/// Declines: a graph output whose name cannot pass to the input (it is a graph input, stored, another output or of a graph around), Dropout
/// whose mask is read or that may be in training mode.
/// </summary>
internal sealed class IdentityRemoval : NodePass
{
    public override string Name => nameof(IdentityRemoval);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (node.Domain.Length > 0 || node.Outputs.Count == 0 || node.Input(0) is not { } input)
        {
            return Outcome.NoMatch;
        }

        if (node.Is("Dropout"))
        {
            if (node.Input(2) is { } training && training.Constant is not { Type: ElementType.Bool, Length: 1, Bytes: var mode })
            {
                return Outcome.Decline("it may be in training mode");
            }
            else if (node.Input(2) is not null && node.Input(2)!.Constant!.Bytes.Span[0] != 0)
            {
                return Outcome.Decline("it is in training mode");
            }

            if (node.HasFurtherOutputs)
            {
                if (node.Outputs[1] is { } mask && (mask.Uses.Count > 0 || mask.IsGraphOutput))
                {
                    return Outcome.Decline("its mask is read");
                }

                Value? unread = node.Outputs[1];
                node.SetOutput(1, null);
                if (unread is not null)
                {
                    node.Graph.Remove(unread);
                }
            }
        }
        else if (!GivesInputOn(node, input))
        {
            return Outcome.NoMatch;
        }

        return node.Graph.TryBypass(node, input) ? Outcome.Rewritten : Outcome.Decline("it gives a graph output its name");
    }

    private static bool GivesInputOn(Node node, Value input) => node.OpType switch
    {
        "Identity" => true,
        "Cast" => input.Type != ElementType.Undefined && node.IntAttribute("to", 0) == (long)input.Type,
        "Transpose" => node.IntsAttribute("perm") is { } order && order.Index().All(p => p.Item == p.Index),
        "Concat" or "Sum" or "Mean" or "Max" or "Min" => node.Inputs.Count == 1,
        _ => false,
    };
}
