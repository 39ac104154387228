namespace QuantBuildTasks.Tool.Requests;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Spelling
{
    /// <summary>The nearest of the known words, or null where none is near: more than a third of the letters differ.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var ranked = known
            .Select(k => (Word: k, Distance: Distance(word, k), Contained: Contains(k, word)))
            .OrderBy(c => c.Distance)
            .ToList();
        return ranked.Where(c => c.Distance <= Math.Max(2, Math.Max(word.Length, c.Word.Length) / 3)).Select(c => c.Word).FirstOrDefault()
            ?? ranked.Where(c => c.Contained).Select(c => c.Word).FirstOrDefault();
    }

    /// <summary>A clause for messages, or nothing: <c> Did you mean MaxDrop?</c></summary>
    public static string DidYouMean(string word, IEnumerable<string> known) => Nearest(word, known) is { } nearest ? $" Did you mean {nearest}?" : "";

    /// <summary>
    /// Optimal string alignment distance without case: insertions, deletions, substitutions and swaps of neighbours, each letter touched once
    /// (Damerau 1964, Levenshtein 1966).
    /// </summary>
    public static int Distance(string left, string right)
    {
        (string a, string b) = (left.ToUpperInvariant(), right.ToUpperInvariant());
        var cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            cost[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(substitution, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }

    // "Calibration" for "CalibrationData": too short a part would match anything.
    private static bool Contains(string known, string word) =>
        (word.Length >= 4 && known.Contains(word, StringComparison.OrdinalIgnoreCase))
        || (known.Length >= 4 && word.Contains(known, StringComparison.OrdinalIgnoreCase));
}
