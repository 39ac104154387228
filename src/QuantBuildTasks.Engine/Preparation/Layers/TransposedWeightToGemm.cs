using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: MatMul(A, Transpose(W)) with a matrix A and a constant matrix W [N, K] that others read as it lies, so that folding the Transpose would store it twice: the
/// table of an embedding that is the last layer's weight too.
/// Formula: Gemm(A, W) with transB = 1 is A·Wᵀ (ONNX operator specification). The float model keeps one table; where the Gemm becomes integer it gets a copy in its
/// own format, with a scale for each of the N outputs.
/// Declines: A of another or unknown rank, since Gemm knows matrices alone; a node that the user keeps; a W that a value of the same name hides.
/// </summary>
internal sealed class TransposedWeightToGemm : NodePass
{
    public override string Name => nameof(TransposedWeightToGemm);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("MatMul") || node.Input(1)?.Producer is not { } transpose || !transpose.Is("Transpose")
            || transpose.Input(0) is not { Constant: { Type: ElementType.Float32, Rank: 2 } } weight || transpose.IntsAttribute("perm") is not (null or [1, 0]))
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node) || IsKept(transpose))
        {
            return Outcome.Kept;
        }

        if (node.Input(0) is not { Shape.Rank: 2 } left)
        {
            return Outcome.Decline("the left operand of the MatMul is not known to be a matrix");
        }

        Graph graph = node.Graph;
        if (graph.Find(weight.Name) != weight)
        {
            return Outcome.Decline($"another value named '{weight.Name}' hides its weight");
        }

        graph.Insert(graph.IndexOf(node), "Gemm", "", node.Name, [left, weight], [node.Output()], NodeAttribute.Of("transB", 1L));
        Value transposed = transpose.Output();
        graph.Remove(node);
        if (transposed is { Uses.Count: 0, IsGraphOutput: false })
        {
            transpose.Graph.Remove(transpose);
            transposed.Graph.Remove(transposed);
        }

        return Outcome.Rewritten;
    }
}
