using System.Runtime.Intrinsics;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Products of long patches: x·xᵀ in tiles of four rows and sixteen columns from the diagonal to the right, which stay in registers for a block. Rows are as long as whole tiles, and what is beyond a
/// patch is zero.
/// </summary>
internal sealed class MatrixProducts(int groups, int length) : ProductSums
{
    private const int Rows = 4;
    private const int Columns = 16;

    private const int Width = 8;

    private readonly int _padded = Padded(length);
    private readonly float[] _products = new float[Numbers(groups, length)];

    public override int BlockNumbers => groups * Block * Stride;

    protected override int Parts => groups * ((length + Rows - 1) / Rows);

    protected override long Products => (long)groups * length * length / 2;

    /// <summary>A little more than a row: at distances of a power of two, patches would share few lines of the cache.</summary>
    private int Stride => _padded + Columns;

    /// <summary>How many sums there are.</summary>
    public static long Numbers(int groups, int length) => (long)groups * Padded(length) * Padded(length);

    public override void Place(ReadOnlySpan<float> patch, int p, float[] block)
    {
        for (int g = 0; g < groups; g++)
        {
            patch.Slice(g * length, length).CopyTo(block.AsSpan(((g * Block) + p) * Stride));
        }
    }

    public override float[] ToMatrices(long count)
    {
        float[] matrices = _padded == length ? _products : new float[groups * length * length];
        for (int g = 0; g < groups; g++)
        {
            int from = g * _padded * _padded;
            int to = g * length * length;
            for (int i = 0; i < length; i++)
            {
                for (int j = i; j < length; j++)
                {
                    float value = _products[from + (i * _padded) + j] / count;
                    matrices[to + (i * length) + j] = value;
                    matrices[to + (j * length) + i] = value;
                }
            }
        }

        return matrices;
    }

    protected override void AddPart(int part, float[] block, int count)
    {
        int tiles = (length + Rows - 1) / Rows;
        (int group, int row) = (part / tiles, part % tiles * Rows);
        ReadOnlySpan<float> patches = block.AsSpan(group * Block * Stride, count * Stride);
        Span<float> rows = _products.AsSpan(((group * _padded) + row) * _padded, Rows * _padded);
        for (int column = row / Columns * Columns; column < _padded; column += Columns)
        {
            AddTile(patches, row, column, rows[column..]);
        }
    }

    private void AddTile(ReadOnlySpan<float> patches, int row, int column, Span<float> target)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (; patches.Length > 0; patches = patches[Stride..])
        {
            ReadOnlySpan<float> columns = patches.Slice(column, Columns);
            ReadOnlySpan<float> rows = patches.Slice(row, Rows);
            Vector256<float> left = Vector256.Create(columns);
            Vector256<float> right = Vector256.Create(columns[Width..]);
            Vector256<float> x = Vector256.Create(rows[0]);
            (a0, a1) = (a0 + (x * left), a1 + (x * right));
            x = Vector256.Create(rows[1]);
            (b0, b1) = (b0 + (x * left), b1 + (x * right));
            x = Vector256.Create(rows[2]);
            (c0, c1) = (c0 + (x * left), c1 + (x * right));
            x = Vector256.Create(rows[3]);
            (d0, d1) = (d0 + (x * left), d1 + (x * right));
        }

        Accumulate(target, a0, a1);
        Accumulate(target[_padded..], b0, b1);
        Accumulate(target[(2 * _padded)..], c0, c1);
        Accumulate(target[(3 * _padded)..], d0, d1);
    }

    private static void Accumulate(Span<float> target, Vector256<float> left, Vector256<float> right)
    {
        (Vector256.Create<float>(target) + left).CopyTo(target);
        (Vector256.Create<float>(target[Width..]) + right).CopyTo(target[Width..]);
    }

    private static int Padded(int length) => (length + Columns - 1) / Columns * Columns;
}
