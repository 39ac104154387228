namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model. What was found on some samples must hold on others: a number that is clipped is rare, and few
/// samples may not have it.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save, half a decibel: rounding the weights and correcting biases, which come later, move the error by about as much.</summary>
    public const double LeastGain = 0.11;

    /// <summary>The best set.</summary>
    /// <param name="sets">The sets; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="error">The error of a set.</param>
    /// <param name="check">The error of a set on other samples; null: there are none.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets,
        Func<IReadOnlyDictionary<string, TrialRange>, double> error,
        Func<IReadOnlyDictionary<string, TrialRange>, double>? check)
    {
        double first = error(sets[0]);
        (IReadOnlyDictionary<string, TrialRange> Set, double Share)[] better = [.. sets.Skip(1).Select(s => (s, error(s) / first)).Where(s => IsClearGain(s.Item2)).OrderBy(s => s.Item2)];
        if (check is null || better.Length == 0)
        {
            return better.Length > 0 ? better[0].Set : sets[0];
        }

        // A set is as good as on the samples where it is worse; so of those that follow, which are worse on the first samples already, none need be looked at.
        double others = check(sets[0]);
        (IReadOnlyDictionary<string, TrialRange> best, double least) = (sets[0], 1 - LeastGain);
        foreach ((IReadOnlyDictionary<string, TrialRange> set, double share) in better.TakeWhile(s => s.Share < least))
        {
            double worse = Math.Max(share, check(set) / others);
            if (worse < least)
            {
                (best, least) = (set, worse);
            }
        }

        return best;
    }

    private static bool IsClearGain(double share) => share < 1 - LeastGain;
}
