namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Moments of what a layer of a quantized model reads, x̂, and how it goes together with what is missing from what the layer of the float model reads, d = x − x̂, on the same patches.
/// </summary>
/// <param name="Read">Moments of x̂.</param>
/// <param name="MeanMissing">E[d], group after group.</param>
/// <param name="Products">E[x̂·dᵀ], a matrix for each group with rows by x̂; null where it was not gathered.</param>
internal sealed record PairedMoments(LayerMoments Read, float[] MeanMissing, float[]? Products = null)
{
    /// <summary>Of a layer that reads the same in both models.</summary>
    public static PairedMoments OfOne(LayerMoments moments) => new(moments, new float[moments.Mean.Length]);

    /// <summary>E[d] of a group.</summary>
    public ReadOnlySpan<float> MeanMissingOf(int group) => MeanMissing.AsSpan(group * Read.Length, Read.Length);

    /// <summary>E[x̂·dᵀ] of a group, or with <paramref name="centred"/> the covariance E[x̂·dᵀ] − E[x̂]·E[d]ᵀ; null where it was not gathered.</summary>
    public float[]? Cross(int group, bool centred)
    {
        if (Products is null)
        {
            return null;
        }

        int length = Read.Length;
        float[] cross = Products.AsSpan(group * length * length, length * length).ToArray();
        ReadOnlySpan<float> mean = Read.MeanOf(group);
        ReadOnlySpan<float> missing = MeanMissingOf(group);
        for (int i = 0; i < length && centred; i++)
        {
            for (int j = 0; j < length; j++)
            {
                cross[(i * length) + j] -= mean[i] * missing[j];
            }
        }

        return cross;
    }
}
