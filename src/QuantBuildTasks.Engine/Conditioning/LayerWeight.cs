using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>
/// The stored weight of a layer whose channels are axis 1 of what it reads and gives: which input and output channel each of its numbers belongs
/// to. Layouts (ONNX operator specification): Conv [M, C/group, …], ConvTranspose [C, M/group, …], Gemm [K, N] or [N, K] with transB, MatMul [K, N].
/// </summary>
internal sealed class LayerWeight
{
    private readonly Node _node;
    private readonly long _positions;
    private readonly bool _outputFirst;

    private LayerWeight(Node node, Tensor weight)
    {
        _node = node;
        Groups = node.OpType is "Conv" or "ConvTranspose" ? (int)node.IntAttribute("group", 1) : 1;
        _outputFirst = node.OpType == "Conv" || (node.OpType == "Gemm" && node.IntAttribute("transB", 0) != 0);
        _positions = weight.Length / (weight.Dims[0] * weight.Dims[1]);
        long second = weight.Dims[1] * Groups;
        (Outputs, Inputs) = _outputFirst ? ((int)weight.Dims[0], (int)second) : ((int)second, (int)weight.Dims[0]);
    }

    public Node Node => _node;

    public int Groups { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>How many numbers of the weight belong to one pair of channels.</summary>
    public int Positions => (int)_positions;

    /// <summary>
    /// Whether each output channel reads one input channel: a scale of that input is one of the output's whole row, which a scale for each output
    /// channel takes in without loss.
    /// </summary>
    public bool IsDepthwise => Groups > 1 && Groups == Inputs;

    /// <summary>The weight as it is now.</summary>
    public ReadOnlySpan<float> Numbers => _node.Input(1)!.Constant!.Span<float>();

    /// <summary>The weight of a layer with constant float32 parameters, or null.</summary>
    public static LayerWeight? Of(Node node)
    {
        bool isConv = node.Is("Conv") || node.Is("ConvTranspose");
        if (!isConv && !node.Is("Gemm") && !(node.Is("MatMul") && node.Input(0)?.Shape?.Rank == 2))
        {
            return null;
        }

        return node.Input(1)?.Constant is { Type: ElementType.Float32, Length: > 0 } weight
            && (isConv ? weight.Rank >= 3 : weight.Rank == 2)
            && node.Input(0)?.Constant is null
            && node.IntAttribute("transA", 0) == 0
            && (node.Input(2) is null || IsRow(node.Input(2)!.Constant))
            ? new LayerWeight(node, weight)
            : null;
    }

    /// <summary>Multiplies what the layer gives on each output channel.</summary>
    /// <param name="factors">One for each output channel, positive.</param>
    public void ScaleOutputs(ReadOnlySpan<double> factors)
    {
        Scale(factors, OutputOf);
        if (_node.Input(2)?.Constant is not { } bias)
        {
            return;
        }

        ReadOnlySpan<float> old = bias.Span<float>();
        var scaled = new float[factors.Length];
        for (int c = 0; c < scaled.Length; c++)
        {
            scaled[c] = (float)(old[old.Length == 1 ? 0 : c] * factors[c]);
        }

        _node.SetConstant(2, Tensor.Vector(scaled), "bias");
    }

    /// <summary>Multiplies what the layer reads on each input channel.</summary>
    /// <param name="factors">One for each input channel, positive.</param>
    public void ScaleInputs(ReadOnlySpan<double> factors) => Scale(factors, InputOf);

    /// <summary>The output channel of number <paramref name="index"/>.</summary>
    public int OutputOf(long index)
    {
        (long first, long second) = Split(index);
        return (int)(_outputFirst ? first : (first / (Inputs / Groups) * (Outputs / Groups)) + second);
    }

    /// <summary>The input channel of number <paramref name="index"/>.</summary>
    public int InputOf(long index)
    {
        (long first, long second) = Split(index);
        return (int)(_outputFirst ? (first / (Outputs / Groups) * (Inputs / Groups)) + second : first);
    }

    private (long First, long Second) Split(long index)
    {
        long channels = _outputFirst ? Inputs / Groups : Outputs / Groups;
        return (index / (channels * _positions), index / _positions % channels);
    }

    private void Scale(ReadOnlySpan<double> factors, Func<long, int> channelOf)
    {
        Tensor weight = _node.Input(1)!.Constant!;
        ReadOnlySpan<float> old = weight.Span<float>();
        var scaled = new float[old.Length];
        for (long run = 0; run * _positions < scaled.Length; run++)
        {
            long start = run * _positions;
            double factor = factors[channelOf(start)];
            for (long i = start; i < start + _positions; i++)
            {
                scaled[i] = (float)(old[(int)i] * factor);
            }
        }

        _node.SetConstant(1, Tensor.Of(scaled, [.. weight.Dims]), "weight");
    }

    private static bool IsRow(Tensor? bias) => bias is { Type: ElementType.Float32 } && (bias.Rank == 1 || (bias.Rank == 2 && bias.Dims[0] == 1) || bias.Length == 1);
}
