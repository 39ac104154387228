namespace QuantBuildTasks.Zoo.Judging;

/// <summary>
/// «The front is passed»: one artifact of recipe auto beats every reference in at least one of the three (more exact, smaller, or faster by more than 3 %) and keeps 97 % of the
/// reference's number in the others.
/// </summary>
internal static class FrontPassed
{
    private const string Recipe = "auto";

    public static IEnumerable<Judgement> Judge(Field field)
    {
        Standing[] ours = [.. field.Rows.Where(r => r.Recipe == Recipe && r.Precision != Field.AsItIs).Select(r => Standing.Of(r, field.Entry)).OfType<Standing>()];
        if (ours.Length == 0)
        {
            yield return new Judgement(field.Entry.Name, "recipe auto", null, $"no row of recipe auto for {Field.Profile}");
            yield break;
        }

        (Standing best, string[] fails) = ours.Select(o => (o, field.References.Select(r => Failure(o, r)).OfType<string>().ToArray())).MinBy(p => p.Item2.Length);
        yield return new Judgement(
            field.Entry.Name,
            $"{best.Name}: {StandingText.Of(best)}",
            fails.Length == 0,
            fails.Length == 0 ? $"all {field.References.Count} references" : "not against " + string.Join("; ", fails));
    }

    /// <summary>What is missing against one reference; null where it is passed.</summary>
    public static string? Failure(Standing ours, Standing reference)
    {
        List<string> lost = [];
        if (ours.ShareOf(reference.Value) < Tolerance.Loss)
        {
            lost.Add($"{StandingText.Value(ours)} to {StandingText.Value(reference)}");
        }

        if (ours.Ratio < Tolerance.Loss * reference.Ratio)
        {
            lost.Add($"{StandingText.Times(ours.Ratio)} to {StandingText.Times(reference.Ratio)} smaller");
        }

        if (ours.Speedup < Tolerance.Loss * reference.Speedup)
        {
            lost.Add($"{StandingText.Times(ours.Speedup)} to {StandingText.Times(reference.Speedup)} fast");
        }

        bool wins = ours.Shortfall(reference.Value) < 0 || ours.Ratio > reference.Ratio || ours.Speedup > reference.Speedup * (1 + Tolerance.EqualSpeedup);
        return lost.Count > 0 ? $"{reference.Name} ({string.Join(", ", lost)})" : wins ? null : $"{reference.Name} (better in nothing)";
    }
}
