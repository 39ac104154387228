namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model. What was found on some samples must hold on others: a number that is clipped is rare, and few
/// samples may not have it.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save, 1 dB: what rounding the weights adds and correcting biases takes away afterwards moves the error by about as much.</summary>
    public const double LeastGain = 0.2;

    /// <summary>How many sets a first look leaves, the first set among them.</summary>
    private const int Finalists = 5;

    /// <summary>The best set.</summary>
    /// <param name="sets">The sets; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="glance">The error of a set on few samples.</param>
    /// <param name="error">The error of a set.</param>
    /// <param name="check">The error of a set on other samples; null: there are none.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets,
        Func<IReadOnlyDictionary<string, TrialRange>, double> glance,
        Func<IReadOnlyDictionary<string, TrialRange>, double> error,
        Func<IReadOnlyDictionary<string, TrialRange>, double>? check)
    {
        IEnumerable<IReadOnlyDictionary<string, TrialRange>> rivals = sets.Count <= Finalists ? sets.Skip(1) : sets.Skip(1).OrderBy(glance).Take(Finalists - 1);
        double first = error(sets[0]);
        (IReadOnlyDictionary<string, TrialRange> set, double least) = rivals.Select(s => (s, error(s))).OrderBy(s => s.Item2).FirstOrDefault((sets[0], first));
        return IsClearlyLess(least, first) && (check is null || IsClearlyLess(check(set), check(sets[0]))) ? set : sets[0];
    }

    private static bool IsClearlyLess(double error, double than) => error < than * (1 - LeastGain);
}
