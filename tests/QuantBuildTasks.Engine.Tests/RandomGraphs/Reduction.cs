namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Finds the smallest program that still fails, by leaving out steps and making choices simpler (delta debugging).</summary>
internal static class Reduction
{
    /// <summary>Runs a property; where it fails, the message shows the reduced program and its graph.</summary>
    public static void Check(GraphProgram program, Action<GraphProgram> property)
    {
        if (Record.Exception(() => property(program)) is not { } failure)
        {
            return;
        }

        (GraphProgram smallest, Exception why) = Reduce(program, failure, property);
        Assert.Fail($"{why.GetType().Name}: {why.Message}\n{smallest}\n{GraphText.Of(RandomModel.Build(smallest))}\nfull program: {program}");
    }

    private static (GraphProgram Smallest, Exception Failure) Reduce(GraphProgram program, Exception failure, Action<GraphProgram> property)
    {
        while (true)
        {
            (GraphProgram Program, Exception Failure)? smaller = null;
            foreach (GraphProgram candidate in Smaller(program))
            {
                // Another kind of failure is another defect.
                if (Record.Exception(() => property(candidate)) is { } again && again.GetType() == failure.GetType())
                {
                    smaller = (candidate, again);
                    break;
                }
            }

            if (smaller is null)
            {
                return (program, failure);
            }

            (program, failure) = smaller.Value;
        }
    }

    private static IEnumerable<GraphProgram> Smaller(GraphProgram program) =>
        Smaller(program.Steps).Select(s => program with { Steps = s })
            .Concat(program.Form > 0 ? [program with { Form = 0 }, program with { Form = program.Form & 1 }, program with { Form = program.Form & 2 }] : [])
            .Where(p => p.Form != program.Form || p.Steps != program.Steps);

    private static IEnumerable<IReadOnlyList<Step>> Smaller(IReadOnlyList<Step> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            yield return [.. steps.Take(i), .. steps.Skip(i + 1)];
        }

        for (int i = 0; i < steps.Count; i++)
        {
            foreach (Step simpler in Simpler(steps[i]))
            {
                yield return [.. steps.Take(i), simpler, .. steps.Skip(i + 1)];
            }
        }
    }

    private static IEnumerable<Step> Simpler(Step step)
    {
        foreach (IReadOnlyList<Step> inner in Smaller(step.Inner))
        {
            yield return step with { Inner = inner };
        }

        (int Of, Func<int, Step> With)[] choices = [(step.A, v => step with { A = v }), (step.B, v => step with { B = v }), (step.C, v => step with { C = v })];
        foreach ((int of, Func<int, Step> with) in choices)
        {
            foreach (int lower in new[] { 0, of / 2, of - 1 }.Where(v => v >= 0 && v < of).Distinct())
            {
                yield return with(lower);
            }
        }
    }
}
