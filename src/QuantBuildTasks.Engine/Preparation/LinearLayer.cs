using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>
/// A layer y = W·x + b with constant float32 parameters: Conv, ConvTranspose, or Gemm. A scale s and shift t for each output channel
/// move into its parameters: s·(W·x + b) + t = (s·W)·x + (s·b + t). Computed in double and rounded once.
/// </summary>
internal sealed class LinearLayer
{
    private readonly Node _node;
    private readonly Tensor _weight;
    private readonly double[] _bias;

    private LinearLayer(Node node, Tensor weight, double[] bias)
    {
        (_node, _weight, _bias) = (node, weight, bias);
    }

    public int Channels => _bias.Length;

    /// <summary>Rank of the layer's output; the channels are its axis 1.</summary>
    public int Rank => _weight.Rank;

    public static bool IsOne(Node node) => node.Is("Conv") || node.Is("ConvTranspose") || node.Is("Gemm");

    /// <summary>The layer, or null and the reason why it is none that can take in a scale.</summary>
    public static LinearLayer? Of(Node node, out string? reason)
    {
        if (node.Input(1)?.Constant is not { Type: ElementType.Float32 } weight)
        {
            reason = $"the weight of {node.DisplayName} is not a float32 constant";
            return null;
        }

        Tensor? stored = node.Input(2)?.Constant;
        if (node.Input(2) is not null && stored is not { Type: ElementType.Float32 })
        {
            reason = $"the bias of {node.DisplayName} is not a float32 constant";
            return null;
        }

        int minRank = node.Is("Gemm") ? 2 : 3;
        if (weight.Rank < minRank || (node.Is("Gemm") && weight.Rank != 2) || weight.Length == 0)
        {
            reason = $"the weight of {node.DisplayName} has the sizes [{string.Join(", ", weight.Dims)}]";
            return null;
        }

        long channels = ChannelCount(node, weight);
        double[]? bias = stored is null ? new double[channels] : ChannelVector.Of(stored, node.Is("Gemm") ? 2 : 1, node.Is("Gemm") ? 1 : 0, channels);
        if (bias is null)
        {
            reason = $"the bias of {node.DisplayName} has not one number for each output channel";
            return null;
        }

        double beta = node.Is("Gemm") ? node.FloatAttribute("beta", 1f) : 1;
        reason = null;
        return new LinearLayer(node, weight, Array.ConvertAll(bias, b => b * beta));
    }

    /// <summary>Multiplies the layer's result by <paramref name="scale"/> and adds <paramref name="shift"/>, one number for each channel.</summary>
    /// <returns>False, with nothing changed, where a parameter would leave the float32 range.</returns>
    public bool TryScaleAndShift(double[] scale, double[] shift)
    {
        ReadOnlySpan<float> old = _weight.Span<float>();
        var weight = new float[old.Length];
        for (int i = 0; i < old.Length; i++)
        {
            weight[i] = (float)(old[i] * scale[ChannelOf(i)]);
        }

        var bias = new float[Channels];
        for (int c = 0; c < bias.Length; c++)
        {
            bias[c] = (float)((_bias[c] * scale[c]) + shift[c]);
        }

        if (!Array.TrueForAll(weight, float.IsFinite) || !Array.TrueForAll(bias, float.IsFinite))
        {
            return false;
        }

        if (!Array.TrueForAll(scale, s => s == 1))
        {
            _node.SetConstant(1, Tensor.Of(weight, [.. _weight.Dims]), "weight");
        }

        if (_node.Input(2) is not null || Array.Exists(bias, b => b != 0))
        {
            _node.SetConstant(2, Tensor.Vector(bias), $"{_node.Output().Name}_bias");
            _node.RemoveAttribute("beta");
        }

        return true;
    }

    private static long ChannelCount(Node node, Tensor weight) => node.OpType switch
    {
        "Conv" => weight.Dims[0],
        "ConvTranspose" => weight.Dims[1] * node.IntAttribute("group", 1),
        _ => node.IntAttribute("transB", 0) != 0 ? weight.Dims[0] : weight.Dims[1],
    };

    /// <summary>
    /// The output channel that element <paramref name="index"/> of the weight belongs to. Layouts (ONNX operator specification): Conv
    /// [M, C/group, …], ConvTranspose [C, M/group, …], Gemm [K, N] or, with transB, [N, K].
    /// </summary>
    private long ChannelOf(long index)
    {
        switch (_node.OpType)
        {
            case "Conv":
                return index / (_weight.Length / _weight.Dims[0]);
            case "ConvTranspose":
                long perGroup = _weight.Dims[1];
                long inner = _weight.Length / (_weight.Dims[0] * perGroup);
                long inputsPerGroup = _weight.Dims[0] / _node.IntAttribute("group", 1);
                return (index / (perGroup * inner) / inputsPerGroup * perGroup) + (index / inner % perGroup);
            default:
                return _node.IntAttribute("transB", 0) != 0 ? index / _weight.Dims[1] : index % _weight.Dims[1];
        }
    }
}
