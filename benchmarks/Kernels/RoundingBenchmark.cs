using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Kernels;

/// <summary>One row of 480 weights, rounded for what it is multiplied with.</summary>
public class RoundingBenchmark
{
    private const int Length = 480;

    private readonly float[] _weights = Numbers.Weights(Length);
    private readonly float[] _scales = [.. Enumerable.Repeat(2f / 127, Length)];
    private readonly float[] _matrix = Covariance();

    /// <summary>The same steps, each gain and slope number by number.</summary>
    [Benchmark(Baseline = true)]
    public float Scalar()
    {
        var error = new float[Length];
        var other = new float[Length];
        var slope = new float[Length];
        for (int i = 0; i < Length; i++)
        {
            float exact = _weights[i] / _scales[i];
            float nearest = MathF.Round(exact);
            error[i] = _weights[i] - (nearest * _scales[i]);
            other[i] = _weights[i] - ((nearest + (exact > nearest ? 1 : -1)) * _scales[i]);
        }

        for (int i = 0; i < Length; i++)
        {
            for (int j = 0; j < Length; j++)
            {
                slope[j] += _matrix[(i * Length) + j] * error[i];
            }
        }

        while (true)
        {
            (int best, float most) = (-1, 0);
            for (int i = 0; i < Length; i++)
            {
                float change = other[i] - error[i];
                float gain = change * ((2 * slope[i]) + (change * _matrix[(i * Length) + i]));
                (best, most) = gain < most ? (i, gain) : (best, most);
            }

            if (best < 0)
            {
                return error[0];
            }

            for (int j = 0; j < Length; j++)
            {
                slope[j] += _matrix[(best * Length) + j] * (other[best] - error[best]);
            }

            (error[best], other[best]) = (other[best], error[best]);
        }
    }

    [Benchmark]
    public float Kernel()
    {
        float[] row = [.. _weights];
        CovarianceRounding.Round(row, _scales, _matrix);
        return row[0];
    }

    private static float[] Covariance()
    {
        float[] patches = Numbers.Activations(1024 * Length);
        for (int i = 1; i < patches.Length; i++)
        {
            // Neighbours go together, as channels do.
            patches[i] += 0.7f * patches[i - 1];
        }

        var sums = new Engine.Calibration.Moments.MomentSums(1, Length);
        sums.Add(patches, 1024);
        return sums.ToMoments().Matrix(0, centred: true);
    }
}
