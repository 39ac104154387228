using System.Numerics.Tensors;
using QuantBuildTasks.Engine.Calibration.Moments;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>What a row of weights gives wrong on patches that its rounding did not learn from: Σ (eᵀx − eᵀE[x])², or Σ (eᵀx)² where no bias takes the mean.</summary>
/// <param name="held">The patches.</param>
/// <param name="moments">The moments that rounding learnt from, whose mean the bias takes.</param>
/// <param name="isCentred">Whether a bias takes it.</param>
internal sealed class HeldOutError(HeldPatches held, LayerMoments moments, bool isCentred)
{
    /// <summary>For the rows of a group.</summary>
    public OfGroup Of(int group) => new(held.Columns(group), held.Count, isCentred ? moments.MeanOf(group).ToArray() : new float[moments.Length]);

    /// <summary>The error of rows of one group.</summary>
    /// <param name="columns">Number i of patch p at i·count + p.</param>
    /// <param name="count">How many patches.</param>
    /// <param name="mean">What the bias takes of a patch.</param>
    internal sealed class OfGroup(float[] columns, int count, float[] mean)
    {
        /// <summary>Of one row. Sums run over the patches side by side, so that they do not depend on the width of vector registers.</summary>
        public double Of(ReadOnlySpan<float> exact, ReadOnlySpan<float> rounded)
        {
            Span<float> outputs = new float[count];
            for (int i = 0; i < exact.Length; i++)
            {
                float error = exact[i] - rounded[i];
                if (error != 0)
                {
                    TensorPrimitives.MultiplyAdd(columns.AsSpan(i * count, count), error, outputs, outputs);
                }
            }

            double shift = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                shift += ((double)exact[i] - rounded[i]) * mean[i];
            }

            double sum = 0;
            foreach (float output in outputs)
            {
                sum += (output - shift) * (output - shift);
            }

            return sum;
        }
    }
}
