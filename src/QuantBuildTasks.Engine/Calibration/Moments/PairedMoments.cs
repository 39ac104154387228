namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Moments of what a layer of a quantized model reads, x̂, together with those of what is missing from what it reads in the float model, d = x − x̂, on the same patches.
/// </summary>
/// <param name="joint">Moments of the patches [x̂; d], group by group.</param>
internal sealed class PairedMoments(LayerMoments joint)
{
    public int Groups => joint.Groups;

    /// <summary>Numbers of a patch in one group.</summary>
    public int Length => joint.Length / 2;

    /// <summary>How many patches were seen.</summary>
    public long Count => joint.Count;

    /// <summary>E[x̂] of a group.</summary>
    public ReadOnlySpan<float> MeanRead(int group) => joint.MeanOf(group)[..Length];

    /// <summary>E[d] of a group.</summary>
    public ReadOnlySpan<float> MeanMissing(int group) => joint.MeanOf(group)[Length..];

    /// <summary>E[x̂·x̂ᵀ] of a group; less E[x̂]·E[x̂]ᵀ where <paramref name="centred"/>.</summary>
    public float[] Read(int group, bool centred) => Block(group, 0, 0, centred);

    /// <summary>The same with a little more on the diagonal, the more the fewer patches were seen (see <see cref="LayerMoments.Matrix"/>).</summary>
    public float[] Damped(int group, bool centred)
    {
        float[] matrix = Read(group, centred);
        double trace = 0;
        for (int i = 0; i < Length; i++)
        {
            matrix[(i * Length) + i] = Math.Max(0, matrix[(i * Length) + i]);
            trace += matrix[(i * Length) + i];
        }

        double ridge = trace / Length * (1e-4 + (0.01 * Length / Math.Max(1, Count)));
        for (int i = 0; i < Length; i++)
        {
            matrix[(i * Length) + i] += (float)ridge;
        }

        return matrix;
    }

    /// <summary>E[x̂·dᵀ] of a group, rows by x̂; less E[x̂]·E[d]ᵀ where <paramref name="centred"/>.</summary>
    public float[] Cross(int group, bool centred) => Block(group, 0, Length, centred);

    /// <summary>E[d·dᵀ] of a group; less E[d]·E[d]ᵀ where <paramref name="centred"/>.</summary>
    public float[] Missing(int group, bool centred) => Block(group, Length, Length, centred);

    private float[] Block(int group, int row, int column, bool centred)
    {
        int stride = joint.Length;
        ReadOnlySpan<float> second = joint.Second.AsSpan(group * stride * stride, stride * stride);
        ReadOnlySpan<float> mean = joint.MeanOf(group);
        var block = new float[Length * Length];
        for (int i = 0; i < Length; i++)
        {
            for (int j = 0; j < Length; j++)
            {
                block[(i * Length) + j] = second[((row + i) * stride) + column + j] - (centred ? mean[row + i] * mean[column + j] : 0);
            }
        }

        return block;
    }
}
