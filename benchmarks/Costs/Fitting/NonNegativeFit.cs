namespace QuantBuildTasks.Costs.Fitting;

/// <summary>
/// Least squares with no coefficient below zero, coordinate by coordinate on the normal equations (Franc, Hlaváč, Navara 2005):
/// min ‖A·x − b‖² + λ‖D·x‖², x ≥ 0, D the norms of A's columns.
/// </summary>
internal static class NonNegativeFit
{
    /// <summary>Draws what the data leave open towards zero.</summary>
    private const double Ridge = 1e-4;

    /// <param name="rows">A, row by row.</param>
    /// <param name="targets">b.</param>
    public static double[] Solve(IReadOnlyList<double[]> rows, IReadOnlyList<double> targets)
    {
        int columns = rows[0].Length;
        var products = new double[columns, columns];
        double[] gradient = new double[columns];
        foreach ((int i, double[] row) in rows.Index())
        {
            for (int j = 0; j < columns; j++)
            {
                gradient[j] -= row[j] * targets[i];
                for (int k = 0; k < columns; k++)
                {
                    products[j, k] += row[j] * row[k];
                }
            }
        }

        double[] squares = [.. Enumerable.Range(0, columns).Select(j => products[j, j])];
        double[] solution = new double[columns];
        for (int sweep = 0; sweep < 20_000; sweep++)
        {
            double largest = 0;
            for (int j = 0; j < columns; j++)
            {
                if (squares[j] == 0)
                {
                    continue;
                }

                double slope = gradient[j] + (Ridge * squares[j] * solution[j]);
                double next = Math.Max(0, solution[j] - (slope / (squares[j] * (1 + Ridge))));
                double step = next - solution[j];
                if (step == 0)
                {
                    continue;
                }

                solution[j] = next;
                largest = Math.Max(largest, Math.Abs(step) * Math.Sqrt(squares[j]));
                for (int k = 0; k < columns; k++)
                {
                    gradient[k] += step * products[j, k];
                }
            }

            if (largest < 1e-9)
            {
                break;
            }
        }

        return solution;
    }
}
