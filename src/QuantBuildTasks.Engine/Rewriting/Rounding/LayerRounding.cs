using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// The integers and the bias of one layer: weights u are rounded to q·s with the least error of (u − q·s)ᵀ·x̂, and the bias takes the difference of the means, wᵀE[x] − (q·s)ᵀE[x̂]
/// (Nagel et al. 2019), so that the layer's output is right in the mean whatever is wrong with its weights and its input.
/// </summary>
internal sealed class LayerRounding
{
    private readonly Node _node;
    private readonly PairedMoments _moments;
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    private LayerRounding(Node node, PairedMoments moments, bool addsBias)
    {
        (_node, _moments, _weight) = (node, moments, node.Input(1)!.Constant!);
        Rows = LayerRows.Of(node, _weight, moments.Read);
        Tensor? bias = !node.Is("Conv") && !node.Is("Gemm") ? null
            : node.Input(2) is { } given ? given.Constant
            : addsBias ? Tensor.Vector(new float[Rows.Count]) : null;
        bool takesMeans = bias is { Type: ElementType.Float32 } && bias.Length == Rows.Count && node.FloatAttribute("beta", 1) == 1 && node.FloatAttribute("alpha", 1) == 1;
        _bias = takesMeans ? bias : null;
    }

    /// <summary>Where the rows stand in the weight.</summary>
    public LayerRows Rows { get; }

    /// <summary>Whether a bias takes the means, so that moments about them count.</summary>
    public bool IsCentred => _bias is not null;

    /// <summary>For a layer as in the float model.</summary>
    /// <param name="node">Conv, ConvTranspose, Gemm or MatMul with a stored weight.</param>
    /// <param name="moments">Of its patches.</param>
    /// <param name="addsBias">Whether a Conv or Gemm without a bias gets one.</param>
    public static LayerRounding Of(Node node, PairedMoments moments, bool addsBias = false) => new(node, moments, addsBias);

    /// <summary>Rounds. Where patches were held out, what was learnt is kept only if it is better on them than rounding to nearest.</summary>
    /// <param name="target">u, in the order of the weight; it becomes q·s.</param>
    /// <param name="scaleOf">s by the place in the weight.</param>
    /// <returns>The bias; null where the layer has none that takes the means.</returns>
    public float[]? Round(float[] target, Func<int, float> scaleOf)
    {
        float[] exact = _weight.Span<float>().ToArray();
        HeldOutError? check = _moments.Read.Held is { Count: > 0 } held ? new HeldOutError(held, _moments.Read, IsCentred) : null;
        float[] nearest = check is null ? [] : new float[target.Length];
        var errors = new (double Learnt, double Nearest)[Rows.Count];
        int length = _moments.Read.Length;
        for (int group = 0; group < _moments.Read.Groups; group++)
        {
            float[] matrix = _moments.Read.Matrix(group, IsCentred);
            HeldOutError.OfGroup? checkGroup = check?.Of(group);
            Parallel.For(group * Rows.PerGroup, (group + 1) * Rows.PerGroup, r =>
            {
                var (wanted, scales) = (new float[length], new float[length]);
                for (int i = 0; i < length; i++)
                {
                    int at = Rows.At(r, i);
                    (wanted[i], scales[i]) = (target[at], scaleOf(at));
                }

                float[] row = [.. wanted];
                CovarianceRounding.Round(row, scales, matrix);
                Put(target, r, row);
                if (checkGroup is not null)
                {
                    float[] plain = CovarianceRounding.Nearest(wanted, scales);
                    Put(nearest, r, plain);
                    errors[r] = (checkGroup.Of(wanted, row), checkGroup.Of(wanted, plain));
                }
            });
        }

        if (errors.Sum(e => e.Learnt) > errors.Sum(e => e.Nearest))
        {
            nearest.CopyTo(target, 0);
        }

        return Bias(exact, target);
    }

    private void Put(float[] weights, int row, float[] numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            weights[Rows.At(row, i)] = numbers[i];
        }
    }

    /// <summary>The bias with wᵀE[x] − (q·s)ᵀE[x̂] in it.</summary>
    private float[]? Bias(float[] exact, float[] rounded)
    {
        if (_bias is null)
        {
            return null;
        }

        float[] bias = _bias.Span<float>().ToArray();
        for (int r = 0; r < bias.Length; r++)
        {
            ReadOnlySpan<float> read = _moments.Read.MeanOf(r / Rows.PerGroup);
            ReadOnlySpan<float> missing = _moments.MeanMissingOf(r / Rows.PerGroup);
            double shift = 0;
            for (int i = 0; i < read.Length; i++)
            {
                int at = Rows.At(r, i);
                shift += (((double)exact[at] - rounded[at]) * read[i]) + ((double)exact[at] * missing[i]);
            }

            bias[r] = (float)(bias[r] + shift);
        }

        return bias;
    }

    /// <summary>Puts the numbers into a layer: this one, or the same one of another model.</summary>
    public void Put(Node node, float[] weights, float[]? bias)
    {
        node.SetConstant(1, Tensor.Of(weights, [.. _weight.Dims]), "weight");
        if (bias is not null)
        {
            node.SetConstant(2, Tensor.Of(bias, [.. _bias!.Dims]), "bias");
        }
    }

    public override string ToString() => _node.DisplayName;
}
