namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Looks for the set of ranges with the least error of a whole model: first each of some sets as it is, then from the best one on, block after block of
/// neighbouring values, what another set says of that block. A block changes only where that clearly helps.
/// </summary>
internal static class RangeSearch
{
    /// <summary>Least share of the error that a change must save: less is within what a few samples can tell.</summary>
    public const double LeastGain = 0.02;

    /// <summary>The best set.</summary>
    /// <param name="sets">Sets to start from; the first is the one to stay with where others are not clearly better. All hold the same values.</param>
    /// <param name="values">The values in the order in which the model computes them.</param>
    /// <param name="blocks">Into how many blocks they fall; 0: whole sets only.</param>
    /// <param name="rivals">How many other sets each block is tried with, the best first.</param>
    /// <param name="error">The error of a set.</param>
    public static IReadOnlyDictionary<string, TrialRange> Run(
        IReadOnlyList<IReadOnlyDictionary<string, TrialRange>> sets,
        IReadOnlyList<string> values,
        int blocks,
        int rivals,
        Func<IReadOnlyDictionary<string, TrialRange>, double> error)
    {
        (IReadOnlyDictionary<string, TrialRange> Set, double Error)[] scored = [.. sets.Select(s => (s, error(s)))];
        (IReadOnlyDictionary<string, TrialRange> best, double least) = scored[0];
        foreach ((IReadOnlyDictionary<string, TrialRange> set, double other) in scored.OrderBy(s => s.Error).Take(1).Where(s => s.Error < scored[0].Error * (1 - LeastGain)))
        {
            (best, least) = (set, other);
        }

        IReadOnlyDictionary<string, TrialRange>[] others = [.. scored.Where(s => s.Set != best).OrderBy(s => s.Error).Take(rivals).Select(s => s.Set)];
        foreach (string[] block in blocks == 0 ? [] : values.Chunk(Math.Max(1, (values.Count + blocks - 1) / blocks)))
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
