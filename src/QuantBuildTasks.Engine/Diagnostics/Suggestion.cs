namespace QuantBuildTasks.Engine.Diagnostics;

/// <summary>Says what a misspelt name may have meant.</summary>
internal static class Suggestion
{
    /// <summary><c> Did you mean 'image'?</c> with the nearest of <paramref name="known"/>, or an empty string where none is near.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        string? nearest = Nearest(name, known);
        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>The known name with the fewest edits, case ignored; null where more than a third of the letters would have to change.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        (string Name, int Distance)? best = null;
        foreach (string candidate in known)
        {
            int distance = Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance <= Math.Max(name.Length, candidate.Length) / 3 && (best is null || distance < best.Value.Distance))
            {
                best = (candidate, distance);
            }
        }

        return best?.Name;
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one string to the other: the restricted Damerau–Levenshtein distance.</summary>
    public static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
