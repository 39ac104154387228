using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;

namespace QuantBuildTasks.Engine.Preparation.Functions;

/// <summary>
/// Puts the bodies of a model's functions in the place of their calls, everywhere, so that passes and the planner see operators. A node of a body is called
/// after the call: <c>encoder/attention/MatMul</c>, with a number where the model has a node of that name already. All calls are replaced: a function that is not would be a wall that no pass sees through, and ONNX
/// Runtime replaces them as well.
/// </summary>
internal static class FunctionInliner
{
    /// <summary>Inlines in place. Afterwards the model has no functions, and imports what their bodies need.</summary>
    /// <param name="model">After an exception it is not to be used any more.</param>
    /// <param name="file">What messages call it.</param>
    /// <returns>Whether the model had functions.</returns>
    /// <exception cref="QuantException">
    /// QBT1006: the functions or their calls are not valid. QBT1004: a body cannot be brought to the model's operator set, they stand for too many nodes, or an
    /// output is asked for that does not exist without an input that is left out.
    /// </exception>
    public static bool Run(OnnxModel model, string? file)
    {
        if (model.Functions.Count == 0)
        {
            return false;
        }

        FunctionCalls calls = FunctionChecker.Check(model, file);
        var opsets = new CommonOpsets(model, calls, file);
        opsets.RaiseModel();
        HashSet<string> nodeNames = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.Name)];
        var pending = new Stack<Node>(CallsIn(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), calls).Reverse());
        while (pending.TryPop(out Node? call))
        {
            // It may have stood in a sub-graph that was an attribute of another call.
            if (!call.IsRemoved)
            {
                List<Node> nodes = new InlinedCall(call, calls.Find(call)!, opsets, nodeNames, file).Replace();
                foreach (Node inner in CallsIn(nodes.SelectMany(WithNodesBelow), calls).Reverse())
                {
                    pending.Push(inner);
                }
            }
        }

        opsets.Tidy();
        model.Functions.Clear();
        return true;
    }

    private static Node[] CallsIn(IEnumerable<Node> nodes, FunctionCalls calls) => [.. nodes.Where(n => calls.Find(n) is not null)];

    private static IEnumerable<Node> WithNodesBelow(Node node) => node.Subgraphs.SelectMany(g => g.SelfAndSubgraphs()).SelectMany(g => g.Nodes).Prepend(node);
}
