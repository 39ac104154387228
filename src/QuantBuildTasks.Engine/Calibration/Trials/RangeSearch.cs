namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model, in a race (Maron and Moore 1993, <i>Hoeffding Races</i>): all sets run on a few samples, and those that are not left far behind on more and more.
/// How a set does differs by decibels from some samples to others, since a number that is clipped is rare, and few samples may not have it.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save, half a decibel: rounding the weights and correcting biases, which come later, move the error by about as much.</summary>
    public const double LeastGain = 0.11;

    /// <summary>Fewer samples than these say nothing.</summary>
    private const int Least = 4;

    /// <summary>
    /// After one of so many samples a set is left out that has so many times the least error, or so many times that of the first, which it must be clearly better than in the end: the more samples, the
    /// less do errors change by those that follow.
    /// </summary>
    private static readonly (int Parts, double BehindLeast, double BehindFirst)[] Heats = [(16, 2.5, 2.5), (4, 1.5, 1.2), (2, 1.2, 1)];

    /// <summary>The best set.</summary>
    /// <param name="sets">The sets; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="error">The error of a set.</param>
    /// <param name="known">Sets were made from so many of the samples, the first ones: what is better must be so on the others too, where there are others.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets, Func<IReadOnlyDictionary<string, TrialRange>, SampledError> error, int known)
    {
        (IReadOnlyDictionary<string, TrialRange> Set, SampledError Error)[] left = [.. sets.Select(s => (s, error(s)))];
        SampledError first = left[0].Error;
        foreach ((int parts, double behindLeast, double behindFirst) in Heats)
        {
            int some = Math.Min(first.Count, Math.Max(Least, first.Count / parts));
            double most = Math.Min(behindLeast * left.Min(s => s.Error.Between(0, some)), behindFirst * first.Between(0, some));
            left = [.. left.Where(s => s.Error == first || s.Error.Between(0, some) <= most)];
        }

        int others = known < first.Count ? known : 0;
        return left.Where(s => s.Error == first || (IsBetter(s.Error, 0) && IsBetter(s.Error, others))).MinBy(s => s.Error.Whole).Set;

        bool IsBetter(SampledError set, int from) => set.Between(from, first.Count) < (1 - LeastGain) * first.Between(from, first.Count);
    }
}
