namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>First and second moments of a layer's patches (<see cref="LayerPatches"/>) on the calibration data.</summary>
/// <param name="Groups">Groups of the layer.</param>
/// <param name="Length">Numbers of a patch in one group.</param>
/// <param name="Mean">E[x], group after group.</param>
/// <param name="Second">E[x·xᵀ], a full symmetric matrix for each group.</param>
/// <param name="Count">How many patches were seen.</param>
internal sealed record LayerMoments(int Groups, int Length, float[] Mean, float[] Second, long Count)
{
    /// <summary>Patches that the moments do not count; null where none were held out.</summary>
    public HeldPatches? Held { get; init; }

    /// <summary>E[x] of a group.</summary>
    public ReadOnlySpan<float> MeanOf(int group) => Mean.AsSpan(group * Length, Length);

    /// <summary>E[x·xᵀ] of a group, or with <paramref name="centred"/> the covariance E[x·xᵀ] − E[x]·E[x]ᵀ, with a little more on the diagonal, as fits what is known.</summary>
    public float[] Matrix(int group, bool centred)
    {
        float[] matrix = Second.AsSpan(group * Length * Length, Length * Length).ToArray();
        ReadOnlySpan<float> mean = MeanOf(group);
        double trace = 0;
        for (int i = 0; i < Length; i++)
        {
            for (int j = 0; j < Length && centred; j++)
            {
                matrix[(i * Length) + j] -= mean[i] * mean[j];
            }

            matrix[(i * Length) + i] = Math.Max(0, matrix[(i * Length) + i]);
            trace += matrix[(i * Length) + i];
        }

        // Few patches say little about products of different inputs: the fewer for each unknown, the more each input counts by itself.
        double ridge = trace / Length * (1e-4 + (0.01 * Length / Math.Max(1, Count)));
        for (int i = 0; i < Length; i++)
        {
            matrix[(i * Length) + i] += (float)ridge;
        }

        return matrix;
    }
}
