using System.Runtime.Intrinsics;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Numbers;

/// <summary>
/// Nearest-neighbour agreement of embeddings: the share of samples whose nearest other sample, by cosine, is the same among the float model's
/// outputs and among the candidate's. Of more than <see cref="MostSamples"/> samples every second, third… is looked at. Of equally near ones the
/// first counts; an output with NaN has no neighbour.
/// </summary>
/// <param name="samples">How many there are.</param>
/// <param name="model">What messages call the model.</param>
internal sealed class NeighboursMetric(int samples, string? model) : Metric
{
    /// <summary>Time grows with the square of their number.</summary>
    public const int MostSamples = 4096;

    /// <summary>Of one model: 256 MiB.</summary>
    private const int MostNumbers = 1 << 26;

    private readonly Lock _lock = new();
    private readonly float[]?[] _reference = new float[samples][];
    private readonly float[]?[] _candidate = new float[samples][];
    private int _length;
    private int _stride;

    public override MetricKind Kind => MetricKind.Neighbours;

    public override bool ComparesWithFloat => true;

    /// <exception cref="QuantException">QBT1004: outputs of different lengths.</exception>
    public override void Add(SampleRange range, ReadOnlySpan<long> dims, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        int length = reference.Length / range.Count;
        lock (_lock)
        {
            if (_stride == 0)
            {
                int most = Math.Clamp(MostNumbers / Math.Max(length, 1), 2, MostSamples);
                (_length, _stride) = (length, (samples + most - 1) / most);
            }
        }

        if (length != _length)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"The metric neighbours needs outputs of one length, but there are some of {_length} and some of {length} numbers.", model);
        }

        for (int i = 0; i < range.Count; i++)
        {
            if ((range.Start + i) % _stride == 0)
            {
                _reference[range.Start + i] = Unit(reference.Slice(i * length, length));
                _candidate[range.Start + i] = Unit(candidate.Slice(i * length, length));
            }
        }
    }

    /// <exception cref="QuantException">QBT1021: a sample alone has no neighbour.</exception>
    public override MetricResult Result(SignalNoise output)
    {
        int[] looked = [.. Enumerable.Range(0, samples).Where(i => _reference[i] is not null)];
        if (looked.Length < 2)
        {
            throw QuantException.Error(Codes.InvalidValue, "The metric neighbours needs two samples at least.", model);
        }

        int[] reference = Nearest([.. looked.Select(i => _reference[i]!)]);
        int[] candidate = Nearest([.. looked.Select(i => _candidate[i]!)]);
        int agree = reference.Zip(candidate).Count(p => p.First == p.Second && p.First >= 0);
        int worse = looked.Length - agree;
        return new MetricResult(Kind, double.NaN, (double)agree / looked.Length, (double)worse / looked.Length, TangoInterval.Of(worse, 0, looked.Length), looked.Length)
        {
            DisagreementRate = (double)worse / looked.Length,
        };
    }

    /// <summary>For each vector of length 1 the place of the nearest other one; −1 where there is none.</summary>
    internal static int[] Nearest(float[][] vectors)
    {
        int[] nearest = new int[vectors.Length];
        Parallel.For(0, vectors.Length, i =>
        {
            int best = -1;
            float most = float.NegativeInfinity;
            for (int j = 0; j < vectors.Length; j++)
            {
                if (j != i && Product(vectors[i], vectors[j]) is var cosine && cosine > most)
                {
                    (best, most) = (j, cosine);
                }
            }

            nearest[i] = best;
        });
        return nearest;
    }

    /// <summary>The vector at length 1, so that products are cosines; one that is all zero stays.</summary>
    private static float[] Unit(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float v in values)
        {
            squares += (double)v * v;
        }

        double scale = squares == 0 ? 0 : 1 / Math.Sqrt(squares);
        float[] unit = new float[values.Length];
        for (int i = 0; i < unit.Length; i++)
        {
            unit[i] = (float)(values[i] * scale);
        }

        return unit;
    }

    /// <summary>In eight lanes on every machine, so that the same neighbour is found on all.</summary>
    private static float Product(float[] a, float[] b)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= a.Length; i += Vector256<float>.Count)
        {
            sum += Vector256.Create(a.AsSpan(i)) * Vector256.Create(b.AsSpan(i));
        }

        float total = 0;
        for (int lane = 0; lane < Vector256<float>.Count; lane++)
        {
            total += sum[lane];
        }

        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }
}
