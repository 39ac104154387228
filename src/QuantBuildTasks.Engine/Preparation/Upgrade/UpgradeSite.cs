using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>A node on its way to the next operator set, and what a step may do to it and beside it.</summary>
/// <param name="node">The node.</param>
/// <param name="version">The operator set into whose form it goes.</param>
/// <param name="constants">The constants made so far.</param>
/// <param name="displayPath">What messages call the model.</param>
internal sealed class UpgradeSite(Node node, long version, UpgradeConstants constants, string displayPath)
{
    private int _after;

    public Node Node => node;

    /// <summary>The first output's name, after which new values are called.</summary>
    public string Name => node.Outputs.FirstOrDefault(o => o is not null)?.Name ?? node.OpType;

    /// <summary>An input that the operator cannot do without.</summary>
    public Value Input(int index = 0) => node.Input(index) ?? throw Refuse($"its input {index} is missing");

    public long? Int(string attribute) => Read(attribute) switch
    {
        null => null,
        long value => value,
        _ => throw Refuse($"its attribute '{attribute}' is no integer"),
    };

    public float? Float(string attribute) => Read(attribute) switch
    {
        null => null,
        float value => value,
        _ => throw Refuse($"its attribute '{attribute}' is no number"),
    };

    public long[]? Ints(string attribute) => Read(attribute) switch
    {
        null => null,
        long[] values => values,
        _ => throw Refuse($"its attribute '{attribute}' is no list of integers"),
    };

    public float[]? Floats(string attribute) => Read(attribute) switch
    {
        null => null,
        float[] values => values,
        _ => throw Refuse($"its attribute '{attribute}' is no list of numbers"),
    };

    public string? Text(string attribute) => Read(attribute) switch
    {
        null => null,
        byte[] => node.StringAttribute(attribute, ""),
        _ => throw Refuse($"its attribute '{attribute}' is no text"),
    };

    /// <summary>Takes attributes off the node; those that it does not have are no matter.</summary>
    public void Drop(params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes)
        {
            node.RemoveAttribute(attribute);
        }
    }

    /// <summary>A constant in the node's graph, called after the node and <paramref name="role"/>; equal ones are shared.</summary>
    public Value Constant(Tensor tensor, string role) => constants.Get(node.Graph, tensor, $"{Name}_{role}");

    /// <summary>Moves a list of integers from an attribute to an input; an absent or empty one leaves the input out.</summary>
    public void MoveToInput(string attribute, int index)
    {
        if (Ints(attribute) is { Length: > 0 } values)
        {
            node.SetInput(index, Constant(Tensor.Vector(values), attribute));
        }

        Drop(attribute);
    }

    /// <summary>A new node before this one; gives its output.</summary>
    public Value Before(string opType, string role, IEnumerable<Value?> inputs, params NodeAttribute[] attributes)
    {
        Value output = node.Graph.AddValue($"{Name}_{role}");
        node.Graph.Insert(node.Graph.IndexOf(node), opType, "", output.Name, inputs, [output], attributes);
        return output;
    }

    /// <summary>
    /// The node computes a new value in place of output <paramref name="index"/>, so that a node behind it can give the old one.
    /// </summary>
    /// <returns>What the node computes now, and what it computed before, which has no producer until <see cref="After"/> gives it one.</returns>
    public (Value Computed, Value Given) Interpose(int index, string role)
    {
        Value given = index < node.Outputs.Count && node.Outputs[index] is { } output ? output : throw Refuse($"its output {index} is missing");
        Value computed = node.Graph.AddValue($"{given.Name}_{role}");
        node.SetOutput(index, computed);
        return (computed, given);
    }

    /// <summary>A new node behind this one (and behind those that came here before it), which gives <paramref name="output"/>.</summary>
    public void After(string opType, IEnumerable<Value?> inputs, Value output, params NodeAttribute[] attributes) =>
        node.Graph.Insert(node.Graph.IndexOf(node) + ++_after, opType, "", $"{output.Name}_{opType}", inputs, [output], attributes);

    /// <summary>Puts another operator in the place of this node, under its name, with all its outputs.</summary>
    public void Replace(string opType, IEnumerable<Value?> inputs, params NodeAttribute[] attributes)
    {
        Value?[] outputs = [.. node.Outputs];
        Node successor = node.Graph.Insert(node.Graph.IndexOf(node), opType, "", node.Name, inputs, outputs, attributes);
        successor.Residue = node.Residue;
        node.Graph.Remove(node);
    }

    /// <summary>The error that this node cannot be upgraded.</summary>
    /// <param name="reason">Why, as the end of a sentence.</param>
    public QuantException Refuse(string reason) => QuantException.Error(
        Codes.ModelUnsupported,
        $"{node.DisplayName} ({node.OpType}) cannot be brought from opset {version - 1} to opset {version}: {reason}. Export the model again with opset_version={version} or higher.",
        displayPath);

    /// <summary>An attribute that is there without a value is a parameter of the function around it.</summary>
    private object? Read(string attribute) => node.Attribute(attribute) is not { } found
        ? null
        : found.Value ?? throw Refuse($"its attribute '{attribute}' is a parameter of a function");
}
