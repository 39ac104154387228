using QuantBuildTasks.Engine.Diagnostics;
using static QuantBuildTasks.Engine.Model.Checking.ModelChecker;

namespace QuantBuildTasks.Engine.Model.Checking;

/// <summary>What must hold for the functions of a model and their calls before the calls can be replaced by bodies, by us or by ONNX Runtime.</summary>
internal static class FunctionChecker
{
    /// <summary>The most nodes that the model's graph may have once all calls are replaced: twenty functions that call the next one ten times each would make 10²⁰.</summary>
    public const long MostNodes = 1_000_000;

    /// <summary>How deep sub-graphs may lie in one another then. Protobuf takes a hundred messages, and a sub-graph takes three.</summary>
    public const int MostDepth = 30;

    /// <summary>Refuses a model whose functions are not valid.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">What messages call it.</param>
    /// <returns>Who calls whom.</returns>
    /// <exception cref="QuantException">QBT1006: a rule is broken. QBT1004: the functions stand for more nodes than can be handled.</exception>
    public static FunctionCalls Check(OnnxModel model, string? file)
    {
        var ids = new HashSet<FunctionId>();
        foreach (LocalFunction function in model.Functions)
        {
            Require(function.Id.Name.Length > 0, file, $"a function has no name.");
            Require(ids.Add(function.Id), file, $"the function '{function.Id}' is defined twice.");
        }

        var calls = new FunctionCalls(model);
        Require(calls.Circle.Count == 0, file, $"functions call each other in a circle: {string.Join(" → ", calls.Circle.Take(8))}.");
        CheckBody(model.Graph, null, calls, file);
        foreach (LocalFunction function in model.Functions)
        {
            CheckBody(function.Body, Parameters(function, file), calls, file);
        }

        if (model.Functions.Count > 0 && calls.Expanded() is var size && (size.Nodes > MostNodes || size.Depth > MostDepth))
        {
            throw QuantException.Error(
                Codes.ModelUnsupported,
                size.Nodes > MostNodes
                    ? $"With the bodies of its functions in the place of their calls the model has {size.Nodes} nodes; up to {MostNodes} are handled. Export it with fewer nested functions."
                    : $"With the bodies of its functions in the place of their calls the model has {size.Depth} sub-graphs one in the other; up to {MostDepth} are handled. Export it with fewer nested functions.",
                file);
        }

        return calls;
    }

    private static HashSet<string> Parameters(LocalFunction function, string? file)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in function.Attributes.Concat(function.Defaults.Select(d => d.Name)))
        {
            Require(names.Add(name), file, $"function '{function.Id}' declares its attribute '{name}' twice.");
        }

        return names;
    }

    /// <param name="root">The model's graph or a function's body.</param>
    /// <param name="parameters">The attributes of the function; null in the model's graph.</param>
    /// <param name="calls">The functions.</param>
    /// <param name="file">What messages call the model.</param>
    private static void CheckBody(Graph root, HashSet<string>? parameters, FunctionCalls calls, string? file)
    {
        foreach (Node node in root.SelfAndSubgraphs().SelectMany(g => g.Nodes))
        {
            foreach (NodeAttribute attribute in node.Attributes)
            {
                Require(
                    attribute.Reference is null || parameters?.Contains(attribute.Reference) == true,
                    file,
                    $"node '{node.DisplayName}': attribute '{attribute.Name}' takes the value of '{attribute.Reference}', which is no attribute of {(parameters is null ? "a function: it stands in none" : $"the function '{root.Name}'")}.");
            }

            if (calls.Find(node) is { } function)
            {
                CheckPorts(node, "inputs", node.Inputs.Count, function.Body.Inputs.Count, file);
                CheckPorts(node, "outputs", node.Outputs.Count, function.Body.Outputs.Count, file);
            }
        }
    }

    private static void CheckPorts(Node call, string kind, int given, int most, string? file) =>
        Require(given <= most, file, $"node '{call.DisplayName}' has {given} {kind}, but the function '{call.Called}' that it calls has {most}.");
}
