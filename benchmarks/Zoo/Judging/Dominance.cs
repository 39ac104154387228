using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>
/// «No reference dominates a row of ours»: none is as good in all three and better in one. What lies within the noise (half the paired interval, 0.1 dB, 0.5 % of size, 3 % of speed) is as
/// good, and is not better. A row that leaves the model as it is does not count: every smaller file of the same accuracy is better.
/// </summary>
internal static class Dominance
{
    /// <summary>One judgement for each row, which names the references that dominate it.</summary>
    public static IEnumerable<Judgement> Judge(Field field)
    {
        foreach (Measuring.ZooRow row in field.Rows.Where(r => r.Precision != Field.AsItIs))
        {
            if (Standing.Of(row, field.Entry) is not { } ours)
            {
                yield return new Judgement(field.Entry.Name, $"{row.Precision}, {row.Recipe}", null, "its speed was not measured");
                continue;
            }

            Standing[] better = [.. field.References.Where(r => Dominates(r, ours))];
            yield return new Judgement(
                field.Entry.Name,
                $"{ours.Name}: {StandingText.Of(ours)}",
                better.Length == 0,
                better.Length == 0 ? "by none" : string.Join("; ", better.Select(r => $"{r.Name}: {StandingText.Of(r)}")));
        }
    }

    public static bool Dominates(Standing reference, Standing ours)
    {
        double noise = ours.Metric.Unit() == MetricUnit.Decibels ? Tolerance.EqualDecibels : ours.HalfInterval;
        int[] signs =
        [
            Sign(ours.Shortfall(reference.Value), noise),
            Sign((reference.Ratio / ours.Ratio) - 1, Tolerance.EqualRatio),
            Sign((reference.Speedup / ours.Speedup) - 1, Tolerance.EqualSpeedup),
        ];
        return signs.All(s => s >= 0) && signs.Any(s => s > 0);
    }

    private static int Sign(double difference, double noise) => difference > noise ? 1 : difference < -noise ? -1 : 0;
}
