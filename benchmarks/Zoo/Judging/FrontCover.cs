using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>
/// «The front is covered»: for each reference one artifact of ours is as exact (short of half the paired interval; SQNR without that), has 0.97 of its ratio and 0.9 of its speed-up. A model
/// left as it is counts as ours: some references are in effect not quantized.
/// </summary>
internal static class FrontCover
{
    public static IEnumerable<Judgement> Judge(Field field)
    {
        Standing[] ours = [.. field.Rows.Select(r => Standing.Of(r, field.Entry)).OfType<Standing>()];
        foreach (Standing reference in field.References)
        {
            string what = $"{reference.Name}: {StandingText.Of(reference)}";
            if (ours.Length == 0)
            {
                yield return new Judgement(field.Entry.Name, what, null, $"no row for {Field.Profile}");
                continue;
            }

            Standing nearest = ours.MinBy(o => Distance(o, reference))!;
            double distance = Distance(nearest, reference);
            string detail = distance == 0
                ? $"{nearest.Name}: {StandingText.Of(nearest)}"
                : $"none; nearest is {nearest.Name}: {string.Join(", ", Missing(nearest, reference))}";
            yield return new Judgement(field.Entry.Name, what, distance == 0, detail);
        }
    }

    private static double Distance(Standing ours, Standing reference) =>
        Metric(ours, reference) + Below(ours.Ratio, reference.Ratio * Tolerance.CoveredRatio) + Below(ours.Speedup, reference.Speedup * Tolerance.CoveredSpeedup);

    private static double Metric(Standing ours, Standing reference)
    {
        double shortfall = ours.Shortfall(reference.Value) - ours.HalfInterval;
        return shortfall <= 0 ? 0 : double.IsInfinity(shortfall) ? 1 : shortfall / Math.Abs(reference.Value);
    }

    private static double Below(double value, double least) => value >= least ? 0 : (least - value) / least;

    private static IEnumerable<string> Missing(Standing ours, Standing reference)
    {
        if (Metric(ours, reference) > 0)
        {
            double least = reference.Metric.LessIsBetter() ? reference.Value + ours.HalfInterval : reference.Value - ours.HalfInterval;
            yield return $"{StandingText.Value(ours)} where {(reference.Metric.LessIsBetter() ? "at most" : "at least")} {StandingText.Value(reference.Metric, least)} is needed";
        }

        if (Below(ours.Ratio, reference.Ratio * Tolerance.CoveredRatio) > 0)
        {
            yield return $"{StandingText.Times(ours.Ratio)} smaller where {StandingText.Times(reference.Ratio * Tolerance.CoveredRatio)} is needed";
        }

        if (Below(ours.Speedup, reference.Speedup * Tolerance.CoveredSpeedup) > 0)
        {
            yield return $"{StandingText.Times(ours.Speedup)} fast where {StandingText.Times(reference.Speedup * Tolerance.CoveredSpeedup)} is needed";
        }
    }
}
