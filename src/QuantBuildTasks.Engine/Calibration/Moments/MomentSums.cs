using System.Numerics;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Sums of a layer's patches and of their products, group by group. Products are added patch after patch in each element, so the sums depend neither on the
/// width of the vector registers nor on the number of threads.
/// </summary>
/// <param name="groups">Groups of the layer.</param>
/// <param name="length">Numbers of a patch in one group.</param>
internal sealed class MomentSums(int groups, int length)
{
    private const int Rows = 4;

    private readonly double[] _sums = new double[groups * length];
    private readonly float[] _products = new float[groups * length * length];
    private long _count;

    /// <summary>What the sums take in memory.</summary>
    public static long Bytes(int groups, int length) => ((long)groups * length * length * sizeof(float)) + ((long)groups * length * sizeof(double));

    /// <summary>Adds patches.</summary>
    /// <param name="patches">One after another, the groups of each in order.</param>
    /// <param name="count">How many.</param>
    /// <param name="threads">The most that add; −1: as many as there are.</param>
    public void Add(float[] patches, int count, int threads = -1)
    {
        int stride = groups * length;
        for (int p = 0; p < count; p++)
        {
            for (int i = 0; i < stride; i++)
            {
                _sums[i] += patches[(p * stride) + i];
            }
        }

        int tiles = (length + Rows - 1) / Rows;
        Parallel.For(0, groups * tiles, new ParallelOptions { MaxDegreeOfParallelism = threads }, tile => AddRows(patches, count, tile / tiles, tile % tiles * Rows));
        _count += count;
    }

    /// <summary>The means of all that was added; zeros where nothing was.</summary>
    public LayerMoments ToMoments()
    {
        var mean = new float[_sums.Length];
        var second = new float[_products.Length];
        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] = (float)(_sums[i] / Math.Max(1, _count));
        }

        for (int g = 0; g < groups; g++)
        {
            int first = g * length * length;
            for (int i = 0; i < length; i++)
            {
                for (int j = i; j < length; j++)
                {
                    float value = _products[first + (i * length) + j] / Math.Max(1, _count);
                    second[first + (i * length) + j] = value;
                    second[first + (j * length) + i] = value;
                }
            }
        }

        return new LayerMoments(groups, length, mean, second, _count);
    }

    private void AddRows(float[] patches, int count, int group, int row)
    {
        int stride = groups * length;
        int first = group * length;
        int last = Math.Min(row + Rows, length);
        int width = 2 * Vector<float>.Count;
        int column = row;
        for (; last - row == Rows && column + width <= length; column += width)
        {
            AddTile(patches, count, stride, first, row, column);
        }

        for (int i = row; i < last; i++)
        {
            for (int j = Math.Max(i, column); j < length; j++)
            {
                float sum = 0;
                for (int p = 0, at = first; p < count; p++, at += stride)
                {
                    sum += patches[at + i] * patches[at + j];
                }

                _products[(first * length) + (i * length) + j] += sum;
            }
        }
    }

    private void AddTile(float[] patches, int count, int stride, int first, int row, int column)
    {
        int width = Vector<float>.Count;
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (int p = 0, at = first; p < count; p++, at += stride)
        {
            var left = new Vector<float>(patches, at + column);
            var right = new Vector<float>(patches, at + column + width);
            var x = new Vector<float>(patches[at + row]);
            (a0, a1) = (a0 + (x * left), a1 + (x * right));
            x = new Vector<float>(patches[at + row + 1]);
            (b0, b1) = (b0 + (x * left), b1 + (x * right));
            x = new Vector<float>(patches[at + row + 2]);
            (c0, c1) = (c0 + (x * left), c1 + (x * right));
            x = new Vector<float>(patches[at + row + 3]);
            (d0, d1) = (d0 + (x * left), d1 + (x * right));
        }

        int target = (first * length) + (row * length) + column;
        Accumulate(target, a0, a1);
        Accumulate(target + length, b0, b1);
        Accumulate(target + (2 * length), c0, c1);
        Accumulate(target + (3 * length), d0, d1);
    }

    private void Accumulate(int at, Vector<float> left, Vector<float> right)
    {
        (new Vector<float>(_products, at) + left).CopyTo(_products, at);
        (new Vector<float>(_products, at + Vector<float>.Count) + right).CopyTo(_products, at + Vector<float>.Count);
    }
}
