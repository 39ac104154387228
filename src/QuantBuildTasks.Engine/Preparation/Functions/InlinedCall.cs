using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Functions;

/// <summary>One call of a function, and the nodes that take its place.</summary>
/// <param name="call">The node.</param>
/// <param name="function">What it calls.</param>
/// <param name="opsets">What the model is written in.</param>
/// <param name="nodeNames">Those that the model's nodes have; takes the new ones.</param>
/// <param name="file">What messages call the model.</param>
internal sealed class InlinedCall(Node call, LocalFunction function, CommonOpsets opsets, HashSet<string> nodeNames, string? file)
{
    private readonly string _name = call.Name.Length > 0 ? call.Name : $"{call.OpType}_{call.Outputs.FirstOrDefault(o => o is not null)?.Name}";

    /// <summary>Replaces the call.</summary>
    /// <returns>The new nodes, in order; calls may be among them.</returns>
    /// <exception cref="QuantException">QBT1004, QBT1006: see <see cref="FunctionInliner"/>.</exception>
    public List<Node> Replace()
    {
        try
        {
            return opsets.MustRaise(function) ? Place(Raised()) : Place(new Body(function.Body, function.Body.Inputs, function.Body.Outputs, Resolve));
        }
        catch (InvalidOperationException e)
        {
            throw Refuse(e.Message, e);
        }
    }

    /// <summary>A copy of the body in the model's operator set. Steps of the upgrade look for constants and ranks, so it gets those of the call.</summary>
    private Body Raised()
    {
        var graph = new Graph(function.Body.Name);
        var copy = new GraphCopy(static name => name, static node => node.Name, Resolve);
        var inputs = new List<Value?>();
        foreach ((int index, Value formal) in function.Body.Inputs.Index())
        {
            Value? own = call.Input(index) switch
            {
                null => null,
                { Constant: { } constant } => graph.AddInitializer(formal.Name, constant),
                var given => graph.AddInput(formal.Name, given.Type, given.Shape),
            };
            copy.Bind(formal, own);
            inputs.Add(own);
        }

        copy.Nodes(function.Body, graph, 0);
        Value?[] outputs = [.. function.Body.Outputs.Select(copy.Of)];
        foreach (Value output in outputs.OfType<Value>().Distinct())
        {
            graph.AddOutput(output);
        }

        opsets.Raise(graph, function);
        return new Body(graph, inputs, outputs, static attribute => attribute);
    }

    /// <summary>Copies a body, whose attributes are resolved one way or the other, to the place of the call.</summary>
    private List<Node> Place(Body body)
    {
        Graph target = call.Graph;
        int index = target.IndexOf(call);
        var copy = new GraphCopy(name => $"{_name}/{name}", NodeName, body.Attribute);
        foreach ((Value? formal, Value? given) in body.Inputs.Select((formal, i) => (formal, call.Input(i))))
        {
            // A step of the upgrade may have stored other data than the call gave.
            if (formal is not null && (formal.Initializer is null || formal.Initializer == given?.Constant))
            {
                copy.Bind(formal, given);
            }
        }

        var passedOn = new List<(Value? From, Value To)>();
        foreach ((Value? formal, Value? wanted) in body.Outputs.Zip(call.Outputs))
        {
            if (wanted is null)
            {
                continue;
            }

            if (formal is null || formal.Producer is null || copy.IsBound(formal))
            {
                passedOn.Add((formal, wanted));
            }
            else
            {
                copy.Bind(formal, wanted);
            }
        }

        List<Node> nodes = copy.Nodes(body.Graph, target, index);
        foreach ((Value? formal, Value wanted) in passedOn)
        {
            Value source = (formal is null ? null : copy.Of(formal)) ?? throw Refuse($"its output '{wanted.Name}' is an input that is left out");
            nodes.Add(target.Insert(index + nodes.Count, "Identity", "", UniqueNodeName("Identity"), [source], [wanted]));
        }

        target.Remove(call);
        return nodes;
    }

    /// <summary>The value that the call gives, else the function's own; without either the attribute is absent (ONNX IR specification, "Functions").</summary>
    private NodeAttribute? Resolve(NodeAttribute attribute)
    {
        if (attribute.Reference is not { } name)
        {
            return attribute;
        }

        NodeAttribute? given = call.Attribute(name);
        if ((given ?? function.Defaults.FirstOrDefault(d => d.Name == name)) is not { } found)
        {
            return null;
        }

        if (attribute.Kind != found.Kind && attribute.Kind != AttributeKind.Undefined)
        {
            throw QuantException.Error(
                Codes.InvalidModel,
                $"The model is invalid: node '{call.DisplayName}' gives the function '{function.Id}' the attribute '{name}' as {found.Kind}, and the function takes {attribute.Kind}.",
                file);
        }

        if (given is not null && given.Graphs.Any() && opsets.MustRaise(function))
        {
            throw Refuse($"it takes the graph '{name}', and the function is written in an older operator set than the model");
        }

        return found with { Name = attribute.Name };
    }

    private string NodeName(Node node) => UniqueNodeName(node.Name.Length > 0 ? node.Name : node.OpType);

    private string UniqueNodeName(string hint)
    {
        string name = $"{_name}/{hint}";
        for (int i = 1; !nodeNames.Add(name); i++)
        {
            name = $"{_name}/{hint}_{i}";
        }

        return name;
    }

    private QuantException Refuse(string reason, Exception? inner = null) => QuantException.Error(
        Codes.ModelUnsupported,
        $"The function '{function.Id}' cannot be put in the place of its call '{call.DisplayName}': {reason}. Export the model without functions.",
        file,
        inner);

    /// <summary>What is put in the place of the call.</summary>
    /// <param name="Graph">Its nodes.</param>
    /// <param name="Inputs">For each of the function's inputs the value that stands for it; null where the call leaves it out.</param>
    /// <param name="Outputs">For each of its outputs the value; null where it is such an input.</param>
    /// <param name="Attribute">What becomes of an attribute.</param>
    private sealed record Body(Graph Graph, IReadOnlyList<Value?> Inputs, IReadOnlyList<Value?> Outputs, Func<NodeAttribute, NodeAttribute?> Attribute);
}
