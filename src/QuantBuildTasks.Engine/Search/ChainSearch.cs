namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// Finds the best step of a chain of plans by measuring few of them. What is foretold of a step is corrected by what was measured at the steps around it: the logarithm of
/// measured ÷ foretold noise is taken as linear between them. Next comes the step that is then the best of those that are not measured; a step that
/// fails the gate rules out all before it, and the search goes on in the farther half of what is left, as bisection does.
/// </summary>
/// <param name="steps">From the fastest to the most exact.</param>
/// <param name="objective">What to lessen.</param>
/// <param name="measure">Measures a step.</param>
internal sealed class ChainSearch(IReadOnlyList<ChainStep> steps, Objective objective, Func<int, ChainMeasure> measure)
{
    /// <summary>A step that is foretold to be better by less than this is not worth a measurement.</summary>
    public const double LeastGain = 0.01;

    // Noise of equal outputs is 0, whose logarithm is none.
    private const double Silence = 1e-12;

    private readonly SortedDictionary<int, ChainMeasure> _measured = [];

    /// <summary>The steps that were measured, by place.</summary>
    public IReadOnlyDictionary<int, ChainMeasure> Measured => _measured;

    /// <summary>Takes what is known already.</summary>
    public void Know(int step, ChainMeasure known) => _measured[step] = known;

    /// <summary>Measures steps until none is foretold to be better than the best so far.</summary>
    /// <param name="budget">How many steps may be measured.</param>
    /// <returns>The best step: of those that hold the gate the cheapest, else the one with the least noise.</returns>
    public int Run(int budget)
    {
        for (; budget > 0 && Next() is { } next; budget--)
        {
            _measured[next] = measure(next);
        }

        return Best();
    }

    private int Best()
    {
        KeyValuePair<int, ChainMeasure>[] holding = [.. _measured.Where(m => m.Value.HoldsGate)];
        return holding.Length > 0 ? holding.MinBy(m => Cost(m.Value)).Key : _measured.MinBy(m => m.Value.Noise).Key;
    }

    private int? Next()
    {
        if (_measured.Count == 0)
        {
            return 0;
        }

        int failed = _measured.Where(m => !m.Value.HoldsGate).Select(m => m.Key).DefaultIfEmpty(-1).Max();
        int held = _measured.Where(m => m.Key > failed && m.Value.HoldsGate).Select(m => m.Key).DefaultIfEmpty(-1).First();

        // Where the gate begins to hold, somewhere behind a step that fails it, bisection finds.
        int from = failed < 0 ? 0 : failed + (((held < 0 ? steps.Count : held + 1) - failed) / 2);
        if (held < 0)
        {
            return Cheapest(from)?.Step;
        }

        double enough = _measured.Values.Where(m => m.HoldsGate).Min(Cost) - LeastGain;
        return Better(Cheapest(from)) ?? Better(Cheapest(failed + 1));

        int? Better((int Step, double Cost)? foretold) => foretold?.Cost < enough ? foretold.Value.Step : null;
    }

    /// <summary>The step from <paramref name="first"/> on that is foretold to be the best of those that are not measured; null where all are.</summary>
    private (int Step, double Cost)? Cheapest(int first)
    {
        (int Step, double Cost)[] open = [.. Enumerable.Range(first, Math.Max(0, steps.Count - first)).Where(k => !_measured.ContainsKey(k)).Select(k => (k, Foretold(k)))];
        return open.Length == 0 ? null : open.MinBy(o => o.Cost);
    }

    private double Cost(ChainMeasure measured) => objective.Cost(measured.Time, measured.Size, ChainStep.Db(Math.Max(measured.Noise, Silence)));

    /// <summary>+∞ where the floor of the gate is foretold to be missed.</summary>
    private double Foretold(int step)
    {
        double db = ChainStep.Db(Math.Max(steps[step].Noise, Silence) * Math.Exp(Correction(step)));
        return db < objective.FloorDb ? double.PositiveInfinity : objective.Cost(steps[step].Time, steps[step].Size, db);
    }

    private double Correction(int step)
    {
        int[] before = [.. _measured.Keys.Where(k => k <= step)];
        int[] behind = [.. _measured.Keys.Where(k => k > step)];
        if (before.Length == 0 || behind.Length == 0)
        {
            return Off(before.Length > 0 ? before[^1] : behind[0]);
        }

        (int a, int b) = (before[^1], behind[0]);
        return Off(a) + ((Off(b) - Off(a)) * (step - a) / (b - a));
    }

    private double Off(int step) => Math.Log(Math.Max(_measured[step].Noise, Silence) / Math.Max(steps[step].Noise, Silence));
}
