using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: Add(MatMul(A, B), c) with a matrix A, a constant matrix B [K, N], and a constant c with one number or N.
/// Formula: Gemm(A, B, c) = A·B + c (ONNX operator specification). The integer Gemm takes the bias as int32, where the Add would round once more.
/// Declines: A of another or unknown rank, B or c not constant, another reader of the product, the product as a graph output, a node that the user keeps.
/// </summary>
internal sealed class MatMulAddToGemm : NodePass
{
    public override string Name => nameof(MatMulAddToGemm);

    public override Fidelity Keeps => Fidelity.Rounding;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("Add") || ElementwiseConstant.Of(node) is not { } add || add.Operand.Producer is not { } matMul || matMul.Graph != node.Graph || !matMul.Is("MatMul"))
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node) || IsKept(matMul))
        {
            return Outcome.Kept;
        }

        if (matMul.Input(1) is not { Constant: { Type: ElementType.Float32, Rank: 2 } weight } right)
        {
            return Outcome.Decline("the right operand of the MatMul is not a constant float32 matrix");
        }

        if (matMul.Input(0) is not { Shape.Rank: 2 } left)
        {
            return Outcome.Decline("the left operand of the MatMul is not known to be a matrix");
        }

        Value product = matMul.Output();
        if (product.HasOtherReaders)
        {
            return Outcome.Decline("something else reads the product too");
        }

        long columns = weight.Dims[1];
        if (ChannelVector.Of(add.Constant, rank: 2, axis: 1, columns) is not { } bias)
        {
            return Outcome.Decline("its constant is not one number for each column");
        }

        Graph graph = node.Graph;
        Value constant = node.Input(add.ConstantFirst ? 0 : 1)!;
        Value vector = constant.Constant is { Rank: 1 } stored && stored.Length == columns
            ? constant
            : graph.AddInitializer(constant.Name, Tensor.Vector(Array.ConvertAll(bias, b => (float)b)));
        graph.Insert(graph.IndexOf(node), "Gemm", "", matMul.Name, [left, right, vector], [node.Output()]);
        graph.Remove(node);
        graph.Remove(matMul);
        graph.Remove(product);
        return Outcome.Rewritten;
    }
}
