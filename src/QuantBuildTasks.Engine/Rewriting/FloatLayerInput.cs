using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>The channels of the activation that a float layer with a stored weight reads.</summary>
/// <param name="Axis">The activation's channel axis.</param>
/// <param name="Channels">Its size, as the weight says.</param>
internal readonly record struct FloatLayerInput(int Axis, int Channels)
{
    /// <summary>The input of a Conv, ConvTranspose or Gemm; null for other nodes, and where the weight is computed.</summary>
    public static FloatLayerInput? Of(Node node)
    {
        if (node.Domain.Length > 0 || node.Input(1)?.Constant is not { Rank: >= 2 } weight)
        {
            return null;
        }

        return node.OpType switch
        {
            "Conv" => new FloatLayerInput(1, checked((int)(weight.Dims[1] * node.IntAttribute("group", 1)))),
            "ConvTranspose" => new FloatLayerInput(1, (int)weight.Dims[0]),
            "Gemm" => new FloatLayerInput(node.IntAttribute("transA", 0) != 0 ? 0 : 1, (int)weight.Dims[node.IntAttribute("transB", 0) != 0 ? 1 : 0]),
            _ => null,
        };
    }
}
