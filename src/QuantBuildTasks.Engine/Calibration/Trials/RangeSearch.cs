namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model: first each of some sets as it is, then from the best one on, block after block of
/// neighbouring values, what another set says of that block. What was found on some samples must hold on others: a number that is clipped is rare, and few samples
/// may not have it.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save: less is within what a few samples can tell.</summary>
    public const double LeastGain = 0.02;

    /// <summary>How many sets a first look leaves, the first set among them.</summary>
    private const int Finalists = 5;

    /// <summary>The best set.</summary>
    /// <param name="sets">Sets to start from; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="values">The values in the order in which the model computes them.</param>
    /// <param name="blocks">Into how many blocks they fall; 0: whole sets only.</param>
    /// <param name="rivals">How many other sets each block is tried with, the best first.</param>
    /// <param name="glance">The error of a set on few samples.</param>
    /// <param name="error">The error of a set.</param>
    /// <param name="check">The error of a set on other samples; null: there are none, and sets are not mixed.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets,
        IReadOnlyList<string> values,
        int blocks,
        int rivals,
        Func<IReadOnlyDictionary<string, TrialRange>, double> glance,
        Func<IReadOnlyDictionary<string, TrialRange>, double> error,
        Func<IReadOnlyDictionary<string, TrialRange>, double>? check)
    {
        IEnumerable<IReadOnlyDictionary<string, TrialRange>> finalists = sets.Count <= Finalists ? sets.Skip(1) : sets.Skip(1).OrderBy(glance).Take(Finalists - 1);
        (IReadOnlyDictionary<string, TrialRange> Set, double Error)[] scored = [.. finalists.Prepend(sets[0]).Select(s => (s, error(s))).OrderBy(s => s.Item2)];
        (IReadOnlyDictionary<string, TrialRange> best, double least) = scored.First(s => s.Set == sets[0]);
        if (scored[0].Error < least * (1 - LeastGain))
        {
            (best, least) = scored[0];
        }

        if (check is null)
        {
            return best;
        }

        IReadOnlyDictionary<string, TrialRange>[] others = [.. scored.Where(s => s.Set != best).Take(rivals).Select(s => s.Set)];
        return Confirmed([sets[0], best, Mixed(best, least, others, blocks == 0 ? [] : [.. values.Chunk(Math.Max(1, (values.Count + blocks - 1) / blocks))], error)], check);
    }

    /// <summary>The last set that other samples find clearly better than those before it.</summary>
    private static IReadOnlyDictionary<string, TrialRange> Confirmed(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets, Func<IReadOnlyDictionary<string, TrialRange>, double> check)
    {
        (IReadOnlyDictionary<string, TrialRange> best, double least) = (sets[0], double.NaN);
        foreach (IReadOnlyDictionary<string, TrialRange> set in sets.Skip(1).Where(s => s != sets[0]).Distinct())
        {
            least = double.IsNaN(least) ? check(best) : least;
            double seen = check(set);
            if (seen < least * (1 - LeastGain))
            {
                (best, least) = (set, seen);
            }
        }

        return best;
    }

    private static IReadOnlyDictionary<string, TrialRange> Mixed(
        IReadOnlyDictionary<string, TrialRange> best,
        double least,
        IReadOnlyDictionary<string, TrialRange>[] others,
        string[][] blocks,
        Func<IReadOnlyDictionary<string, TrialRange>, double> error)
    {
        foreach (string[] block in blocks)
        {
            foreach (IReadOnlyDictionary<string, TrialRange> other in others.Where(o => block.Any(v => o[v] != best[v])))
            {
                var tried = new Dictionary<string, TrialRange>(best, StringComparer.Ordinal);
                foreach (string value in block)
                {
                    tried[value] = other[value];
                }

                double seen = error(tried);
                if (seen < least * (1 - LeastGain))
                {
                    (best, least) = (tried, seen);
                }
            }
        }

        return best;
    }
}
