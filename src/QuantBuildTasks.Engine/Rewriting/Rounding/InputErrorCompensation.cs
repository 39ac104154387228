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
        float[] read = moments.Read.Matrix(group, centred);
        double trace = 0;
        for (int i = 0; i < moments.Read.Length; i++)
        {
            trace += read[(i * moments.Read.Length) + i];
        }

        return trace > 0 && Cholesky.Of(read, moments.Read.Length, trace / moments.Read.Length * damping) is { } factor
            ? new InputErrorCompensation(factor, moments.Cross(group, centred)!, moments.Read.Length)
            : null;
    }

    /// <summary>Puts u in the place of w.</summary>
    public void Apply(Span<float> row)
    {
        var change = new double[_length];
        for (int i = 0; i < _length; i++)
        {
            ReadOnlySpan<float> cross = _cross.AsSpan(i * _length, _length);
            for (int j = 0; j < _length; j++)
            {
                change[i] += (double)cross[j] * row[j];
            }
        }

        _factor.Solve(change);
        for (int i = 0; i < _length; i++)
        {
            row[i] = (float)(row[i] + change[i]);
        }
    }
}
