using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Names;

/// <summary>Tells a misspelt name from one that somebody has for purposes of their own.</summary>
internal static class Misspelling
{
    private const string Prefix = "Quant";
    private const int MostEdits = 2;

    /// <summary>
    /// What was meant; null where <paramref name="name"/> is known (case ignored, as MSBuild does), or near none of <paramref name="known"/>. A short name is easily
    /// near another by chance: one edit for each four letters after the prefix, at least one, at most two.
    /// </summary>
    public static string? Meant(string name, IReadOnlyCollection<string> known)
    {
        // Most properties have nothing to do with us; a slip in the first letter is not worth comparing all of them.
        if (name.Length == 0 || name[0] is not ('Q' or 'q') || known.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return known
            .Select(candidate => (Name: candidate, Edits: Suggestion.Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(c => c.Edits <= Math.Min(MostEdits, Math.Max(1, (c.Name.Length - Prefix.Length) / 4)))
            .OrderBy(c => c.Edits).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Select(c => c.Name)
            .FirstOrDefault();
    }
}
