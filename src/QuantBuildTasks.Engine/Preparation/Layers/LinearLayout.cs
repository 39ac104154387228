using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Where the channels lie in a layer's weight (ONNX operator specification): Conv [M, C/group, …], ConvTranspose [C, M/group, …], Gemm [K, N] or, with
/// transB, [N, K].
/// </summary>
internal sealed class LinearLayout
{
    private readonly bool _outputFirst;
    private readonly long _perGroup;
    private readonly long _positions;
    private readonly long _firstPerGroup;

    /// <param name="node">Conv, ConvTranspose or Gemm.</param>
    /// <param name="weight">Its weight, of rank 2 at least and not empty.</param>
    public LinearLayout(Node node, Tensor weight)
    {
        long groups = node.Is("Gemm") ? 1 : Math.Max(1, node.IntAttribute("group", 1));
        _outputFirst = node.Is("Conv") || (node.Is("Gemm") && node.IntAttribute("transB", 0) != 0);
        _perGroup = weight.Dims[1];
        _positions = weight.Length / (weight.Dims[0] * _perGroup);
        _firstPerGroup = Math.Max(1, weight.Dims[0] / groups);
        (long first, long second) = (weight.Dims[0], _perGroup * groups);
        (Outputs, Inputs) = _outputFirst ? (first, second) : (second, first);
    }

    /// <summary>Number of output channels.</summary>
    public long Outputs { get; }

    /// <summary>Number of input channels.</summary>
    public long Inputs { get; }

    /// <summary>The output channel that an element of the weight belongs to.</summary>
    public long OutputOf(long index) => _outputFirst ? First(index) : Second(index);

    /// <summary>The input channel that it is multiplied with.</summary>
    public long InputOf(long index) => _outputFirst ? Second(index) : First(index);

    private long First(long index) => index / (_perGroup * _positions);

    private long Second(long index) => (First(index) / _firstPerGroup * _perGroup) + (index / _positions % _perGroup);
}
