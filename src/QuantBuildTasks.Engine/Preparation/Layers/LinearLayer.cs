using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// A layer y = W·x + b with constant float32 parameters: Conv, ConvTranspose, or Gemm. A scale s and shift t for each channel move into its
/// parameters: behind it as s·(W·x + b) + t = (s·W)·x + (s·b + t), before it as W·(s·x + t) + b = (W·s)·x + (b + Σ W·t). Computed in double and rounded once.
/// </summary>
internal sealed class LinearLayer
{
    private readonly Node _node;
    private readonly Tensor _weight;
    private readonly double[] _bias;
    private readonly LinearLayout _layout;

    private LinearLayer(Node node, Tensor weight, double[] bias, LinearLayout layout)
    {
        (_node, _weight, _bias, _layout) = (node, weight, bias, layout);
    }

    /// <summary>Number of output channels.</summary>
    public int Channels => _bias.Length;

    /// <summary>Number of input channels.</summary>
    public long InputChannels => _layout.Inputs;

    /// <summary>Rank of the layer's input and output; the channels are axis 1 of both.</summary>
    public int Rank => _weight.Rank;

    /// <summary>Whether some of its outputs read fewer positions of the input than others: a shift of the input would then not be one number for each output channel.</summary>
    public bool SeesBorder => _node.OpType switch
    {
        "Gemm" => false,
        "ConvTranspose" => true,
        _ => _node.StringAttribute("auto_pad", "NOTSET") switch
        {
            "NOTSET" => _node.IntsAttribute("pads")?.Any(p => p != 0) ?? false,
            "VALID" => false,
            _ => true,
        },
    };

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

        var layout = new LinearLayout(node, weight);
        double[]? bias = stored is null ? new double[layout.Outputs] : ChannelVector.Of(stored, node.Is("Gemm") ? 2 : 1, node.Is("Gemm") ? 1 : 0, layout.Outputs);
        if (bias is null || (stored is not null && !node.Is("Gemm") && stored.Length != layout.Outputs))
        {
            reason = $"the bias of {node.DisplayName} has not one number for each output channel";
            return null;
        }

        double beta = node.Is("Gemm") ? node.FloatAttribute("beta", 1f) : 1;
        reason = null;
        return new LinearLayer(node, weight, Array.ConvertAll(bias, b => b * beta), layout);
    }

    /// <summary>Multiplies the layer's result by <paramref name="scale"/> and adds <paramref name="shift"/>, one number for each output channel.</summary>
    /// <returns>False, with nothing changed, where a parameter would leave the float32 range.</returns>
    public bool TryScaleAndShift(double[] scale, double[] shift)
    {
        var bias = new double[Channels];
        for (int c = 0; c < bias.Length; c++)
        {
            bias[c] = (_bias[c] * scale[c]) + shift[c];
        }

        return TryStore(scale, _layout.OutputOf, bias);
    }

    /// <summary>Lets the layer multiply its input by <paramref name="scale"/> and add <paramref name="shift"/> to it, one number for each input channel.</summary>
    /// <returns>False, with nothing changed, where a parameter would leave the float32 range.</returns>
    public bool TryScaleAndShiftInput(double[] scale, double[] shift)
    {
        double alpha = _node.Is("Gemm") ? _node.FloatAttribute("alpha", 1f) : 1;
        ReadOnlySpan<float> weight = _weight.Span<float>();
        double[] bias = [.. _bias];
        for (int i = 0; i < weight.Length; i++)
        {
            bias[_layout.OutputOf(i)] += alpha * weight[i] * shift[_layout.InputOf(i)];
        }

        return TryStore(scale, _layout.InputOf, bias);
    }

    private bool TryStore(double[] scale, Func<long, long> channelOf, double[] bias)
    {
        ReadOnlySpan<float> old = _weight.Span<float>();
        var weight = new float[old.Length];
        for (int i = 0; i < old.Length; i++)
        {
            weight[i] = (float)(old[i] * scale[channelOf(i)]);
        }

        float[] rounded = Array.ConvertAll(bias, b => (float)b);
        if (!Array.TrueForAll(weight, float.IsFinite) || !Array.TrueForAll(rounded, float.IsFinite))
        {
            return false;
        }

        if (!Array.TrueForAll(scale, s => s == 1))
        {
            _node.SetConstant(1, Tensor.Of(weight, [.. _weight.Dims]), "weight");
        }

        if (_node.Input(2) is not null || Array.Exists(rounded, b => b != 0))
        {
            _node.SetConstant(2, Tensor.Vector(rounded), $"{_node.Output().Name}_bias");
            _node.RemoveAttribute("beta");
        }

        return true;
    }
}
