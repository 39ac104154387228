namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model. What was found on some samples must hold on others: a number that is clipped is rare, and few
/// samples may not have it.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save, half a decibel: rounding the weights and correcting biases, which come later, move the error by about as much.</summary>
    public const double LeastGain = 0.11;

    /// <summary>A set that is worse on some samples by this is not run on the others: they would have to say the opposite.</summary>
    private const double Doubt = 1.1;

    /// <summary>One of so many samples comes first.</summary>
    private const int Parts = 4;
    private const int PartsOfOthers = 3;

    /// <summary>The best set.</summary>
    /// <param name="sets">The sets; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="error">The error of a set.</param>
    /// <param name="check">The error of a set on other samples; null: there are none.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets,
        Func<IReadOnlyDictionary<string, TrialRange>, SampledError> error,
        Func<IReadOnlyDictionary<string, TrialRange>, SampledError>? check)
    {
        SampledError first = error(sets[0]);
        (IReadOnlyDictionary<string, TrialRange> Set, double Share)[] better = [.. sets.Skip(1)
            .Select(s => (Set: s, Error: error(s)))
            .Where(s => s.Error.OnOneOf(Parts) <= Doubt * first.OnOneOf(Parts))
            .Select(s => (s.Set, Share: s.Error.Whole / first.Whole))
            .Where(s => s.Share < 1 - LeastGain)
            .OrderBy(s => s.Share)];
        if (check is null || better.Length == 0)
        {
            return better.Length > 0 ? better[0].Set : sets[0];
        }

        // A set is as good as on the samples where it is worse; so of those that follow, which are worse on the first samples already, none need be looked at.
        SampledError others = check(sets[0]);
        (IReadOnlyDictionary<string, TrialRange> best, double least) = (sets[0], 1 - LeastGain);
        foreach ((IReadOnlyDictionary<string, TrialRange> set, double share) in better.TakeWhile(s => s.Share < least))
        {
            SampledError seen = check(set);
            if (seen.OnOneOf(PartsOfOthers) <= Doubt * least * others.OnOneOf(PartsOfOthers) && Math.Max(share, seen.Whole / others.Whole) is var worse && worse < least)
            {
                (best, least) = (set, worse);
            }
        }

        return best;
    }
}
