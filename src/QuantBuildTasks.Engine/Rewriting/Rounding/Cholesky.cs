using System.Numerics;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>Solves A·x = b for a symmetric positive definite A = L·Lᵀ. Every element is computed in one order, whatever the number of threads.</summary>
internal sealed class Cholesky
{
    private readonly double[][] _rows;

    private Cholesky(double[][] rows) => _rows = rows;

    /// <summary>The factor L.</summary>
    /// <param name="matrix">A, row after row; only its lower half is read.</param>
    /// <param name="length">Rows of A.</param>
    /// <param name="ridge">Added to the diagonal.</param>
    /// <returns>Null where A with the ridge is not positive definite.</returns>
    public static Cholesky? Of(ReadOnlySpan<float> matrix, int length, double ridge)
    {
        var rows = new double[length][];
        for (int i = 0; i < length; i++)
        {
            rows[i] = new double[i + 1];
            for (int j = 0; j <= i; j++)
            {
                rows[i][j] = matrix[(i * length) + j];
            }

            rows[i][i] += ridge;
        }

        for (int k = 0; k < length; k++)
        {
            double pivot = rows[k][k];
            if (!(pivot > 0) || !double.IsFinite(pivot))
            {
                return null;
            }

            double root = Math.Sqrt(pivot);
            rows[k][k] = root;
            var column = new double[length];
            for (int i = k + 1; i < length; i++)
            {
                rows[i][k] /= root;
                column[i] = rows[i][k];
            }

            int from = k + 1;
            if (length - from < 256)
            {
                for (int i = from; i < length; i++)
                {
                    Subtract(i);
                }
            }
            else
            {
                Parallel.For(from, length, Subtract);
            }

            void Subtract(int i)
            {
                Span<double> row = rows[i].AsSpan(from, i + 1 - from);
                AddProduct(row, column.AsSpan(from, row.Length), -column[i]);
            }
        }

        return new Cholesky(rows);
    }

    /// <summary>Puts x in the place of b.</summary>
    public void Solve(Span<double> b)
    {
        for (int i = 0; i < b.Length; i++)
        {
            double sum = b[i];
            for (int j = 0; j < i; j++)
            {
                sum -= _rows[i][j] * b[j];
            }

            b[i] = sum / _rows[i][i];
        }

        for (int i = b.Length - 1; i >= 0; i--)
        {
            b[i] /= _rows[i][i];
            AddProduct(b[..i], _rows[i].AsSpan(0, i), -b[i]);
        }
    }

    /// <summary>Product and sum each rounded by itself: one rounding for both, which some processors have, would give other digits on them.</summary>
    private static void AddProduct(Span<double> to, ReadOnlySpan<double> from, double factor)
    {
        int width = Vector<double>.Count;
        int i = 0;
        for (; i + width <= to.Length; i += width)
        {
            (new Vector<double>(to[i..]) + (new Vector<double>(from[i..]) * factor)).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] += from[i] * factor;
        }
    }
}
