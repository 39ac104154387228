namespace QuantBuildTasks.Engine.Validation.Metrics.Sequences;

/// <summary>The least number of symbols to insert, delete or replace that turns one sequence into another (Levenshtein 1966).</summary>
internal static class EditDistance
{
    /// <summary>Row by row over <paramref name="a"/>; memory grows with <paramref name="b"/> alone.</summary>
    public static int Between<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : IEquatable<T>
    {
        int[] above = new int[b.Length + 1];
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            above[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = above[j - 1] + (a[i - 1].Equals(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(above[j], row[j - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return above[b.Length];
    }
}
