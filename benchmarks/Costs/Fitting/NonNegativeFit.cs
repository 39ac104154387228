namespace QuantBuildTasks.Costs.Fitting;

/// <summary>Least squares with no coefficient below zero, coordinate by coordinate (Franc, Hlaváč, Navara 2005): min ‖A·x − b‖² + λ‖D·x‖², x ≥ 0, D the norms of A's columns.</summary>
internal static class NonNegativeFit
{
    /// <summary>Draws what the data leave open towards zero.</summary>
    private const double Ridge = 1e-4;

    /// <param name="rows">A, row by row.</param>
    /// <param name="targets">b.</param>
    public static double[] Solve(IReadOnlyList<double[]> rows, IReadOnlyList<double> targets)
    {
        int columns = rows[0].Length;
        double[] squares = [.. Enumerable.Range(0, columns).Select(j => rows.Sum(r => r[j] * r[j]))];
        double[] solution = new double[columns];
        double[] residual = [.. targets.Select(t => -t)];
        for (int sweep = 0; sweep < 20_000; sweep++)
        {
            double largest = 0;
            for (int j = 0; j < columns; j++)
            {
                if (squares[j] == 0)
                {
                    continue;
                }

                double gradient = Ridge * squares[j] * solution[j];
                for (int i = 0; i < rows.Count; i++)
                {
                    gradient += rows[i][j] * residual[i];
                }

                double next = Math.Max(0, solution[j] - (gradient / (squares[j] * (1 + Ridge))));
                double step = next - solution[j];
                if (step == 0)
                {
                    continue;
                }

                solution[j] = next;
                largest = Math.Max(largest, Math.Abs(step) * Math.Sqrt(squares[j]));
                for (int i = 0; i < rows.Count; i++)
                {
                    residual[i] += step * rows[i][j];
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
