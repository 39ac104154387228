using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: PRelu whose slopes are one and the same constant, as when it is trained with a single parameter.
/// Formula: x &lt; 0 ? s·x : x = LeakyRelu(x) with α = s (ONNX operator specification), which has an integer kernel.
/// Declines: slopes that differ or are not constant float32, a node that the user keeps.
/// </summary>
internal sealed class PReluToLeakyRelu : NodePass
{
    public override string Name => nameof(PReluToLeakyRelu);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("PRelu"))
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node))
        {
            return Outcome.Kept;
        }

        if (node.Input(1)?.Constant is not { Type: ElementType.Float32, Length: > 0 } slopes || slopes.Span<float>() is var span && span.ContainsAnyExcept(span[0]))
        {
            return Outcome.Decline("its slopes are not one constant");
        }

        Graph graph = node.Graph;
        graph.Insert(graph.IndexOf(node), "LeakyRelu", "", node.Name, [node.Input(0)], [node.Output()], NodeAttribute.Of("alpha", slopes.Span<float>()[0]));
        graph.Remove(node);
        return Outcome.Rewritten;
    }
}
