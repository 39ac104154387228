using QuantBuildTasks.Engine.Calibration.Moments;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// Weights that make up for what is wrong with a layer's input: the layer of the quantized model reads x̂ in place of x = x̂ + d, and the u with the least E[(wᵀx − uᵀx̂)²] is
/// u = w + A⁻¹·D·w with A = E[x̂·x̂ᵀ] and D = E[x̂·dᵀ] (the asymmetric objective of AdaRound, Nagel et al. 2020, and of GPTAQ, Li et al. 2025). With a bias, moments are those about the means, and
/// the bias takes the difference of the means.
/// </summary>
internal sealed class InputErrorCompensation
{
    private readonly Cholesky _factor;
    private readonly float[] _cross;
    private readonly int _length;

    private InputErrorCompensation(Cholesky factor, float[] cross, int length) => (_factor, _cross, _length) = (factor, cross, length);

    /// <summary>For the rows of one group; null where nothing can be solved.</summary>
    /// <param name="moments">Of the layer.</param>
    /// <param name="group">The group.</param>
    /// <param name="centred">Whether a bias takes the means.</param>
    /// <param name="damping">What is added to the diagonal of A, as a share of its mean: the more, the nearer u stays to w.</param>
    public static InputErrorCompensation? Of(PairedMoments moments, int group, bool centred, double damping)
    {
        if (moments.Cross(group, centred) is not { } cross)
        {
            return null;
        }

        float[] read = moments.Read.Matrix(group, centred);
        double trace = 0;
        for (int i = 0; i < moments.Read.Length; i++)
        {
            trace += read[(i * moments.Read.Length) + i];
        }

        return trace > 0 && Cholesky.Of(read, moments.Read.Length, trace / moments.Read.Length * damping) is { } factor
            ? new InputErrorCompensation(factor, cross, moments.Read.Length)
            : null;
    }

    /// <summary>Puts u in the place of w.</summary>
    /// <param name="weights">The layer's weight.</param>
    /// <param name="rows">Where its rows stand.</param>
    /// <param name="row">Which row: one of the group.</param>
    public void Apply(float[] weights, LayerRows rows, int row)
    {
        var (change, old) = (new double[_length], new double[_length]);
        for (int i = 0; i < _length; i++)
        {
            old[i] = weights[rows.At(row, i)];
        }

        for (int i = 0; i < _length; i++)
        {
            ReadOnlySpan<float> cross = _cross.AsSpan(i * _length, _length);
            for (int j = 0; j < _length; j++)
            {
                change[i] += cross[j] * old[j];
            }
        }

        _factor.Solve(change);
        for (int i = 0; i < _length; i++)
        {
            int at = rows.At(row, i);
            weights[at] = (float)(old[i] + change[i]);
        }
    }
}
