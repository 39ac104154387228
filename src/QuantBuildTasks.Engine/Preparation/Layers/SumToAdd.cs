using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: Sum of two or more tensors, as older exporters write residual additions.
/// Formula: a + b + … + z = ((a + b) + …) + z (ONNX operator specification). Add has an integer kernel, Sum has none.
/// Declines: more than two tensors that are not known to be alike in type and sizes, a node that the user keeps.
/// </summary>
internal sealed class SumToAdd : NodePass
{
    public override string Name => nameof(SumToAdd);

    public override Fidelity Keeps => Fidelity.KernelOrder;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("Sum") || node.Inputs.Count < 2 || node.Input(0) is not { } first)
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node))
        {
            return Outcome.Kept;
        }

        if (node.Inputs.Count > 2 && (first.Shape is null || !node.Inputs.All(i => i!.Type == first.Type && first.Shape.Equals(i.Shape))))
        {
            return Outcome.Decline("its inputs are not known to be alike");
        }

        Graph graph = node.Graph;
        Value sum = first;
        foreach ((int index, Value? term) in node.Inputs.Index().Skip(1).ToArray())
        {
            bool isLast = index == node.Inputs.Count - 1;
            Value result = isLast ? node.Output() : graph.AddValue($"{node.Output().Name}_{index}", first.Type, first.Shape);
            graph.Insert(graph.IndexOf(node), "Add", "", isLast || node.Name.Length == 0 ? node.Name : $"{node.Name}_{index}", [sum, term], [result]);
            sum = result;
        }

        graph.Remove(node);
        return Outcome.Rewritten;
    }
}
