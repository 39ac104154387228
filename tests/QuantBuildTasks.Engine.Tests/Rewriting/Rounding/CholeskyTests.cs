using CsCheck;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Rounding;

public sealed class CholeskyTests
{
    [Fact]
    public void Solution_gives_back_the_right_side() =>
        Gen.Int[1, 20].SelectMany(n => Gen.Select(Gen.Float[-2, 2].Array[n * (n + 3)], Gen.Double[-10, 10].Array[n])).Sample((rows, right) =>
        {
            int n = right.Length;
            var matrix = new float[n * n];
            for (int k = 0; k < matrix.Length; k++)
            {
                for (int p = 0; p < n + 3; p++)
                {
                    matrix[k] += rows[(p * n) + (k / n)] * rows[(p * n) + (k % n)];
                }
            }

            double[] x = [.. right];
            Cholesky.Of(matrix, n, 0.5)!.Solve(x);
            for (int i = 0; i < n; i++)
            {
                double sum = 0.5 * x[i];
                for (int j = 0; j < n; j++)
                {
                    // The lower half alone counts.
                    sum += matrix[(Math.Max(i, j) * n) + Math.Min(i, j)] * x[j];
                }

                Assert.Equal(right[i], sum, 1e-6);
            }
        });

    /// <summary>A of 300 rows with 2 on the diagonal and 1 elsewhere, b of ones: x = 1/(n + 1) everywhere, and rows are worked on side by side.</summary>
    [Fact]
    public void Large_matrix_is_solved()
    {
        const int N = 300;
        float[] matrix = [.. Enumerable.Repeat(1f, N * N)];
        double[] x = [.. Enumerable.Repeat(1.0, N)];

        Cholesky.Of(matrix, N, 1)!.Solve(x);

        Assert.All(x, v => Assert.Equal(1.0 / (N + 1), v, 1e-12));
    }

    [Fact]
    public void Matrix_that_is_not_positive_definite_has_no_factor() => Assert.Null(Cholesky.Of([1, 2, 2, 1], 2, 0));

    [Fact]
    public void Matrix_that_is_not_finite_has_no_factor() => Assert.Null(Cholesky.Of([float.NaN], 1, 0));
}
