using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>What recipe auto shall reach on an entry, in one artifact; nothing in the engine knows these numbers.</summary>
/// <param name="Ratio">Least float bytes ÷ artifact bytes.</param>
/// <param name="Speedup">Least float time ÷ artifact time.</param>
/// <param name="Value">Least metric; null: float32's own, short of half the paired interval.</param>
/// <param name="Below">How far below float32's own the metric may be beyond that.</param>
/// <param name="SqnrDb">Least SQNR beside the metric.</param>
internal sealed record Goal(double Ratio, double Speedup, double? Value = null, double Below = 0, double? SqnrDb = null);

internal static class Goals
{
    /// <summary>"Not slower", given what two runs differ by.</summary>
    private const double NotSlower = 0.97;

    private static readonly Dictionary<string, Goal> ByEntry = new(StringComparer.Ordinal)
    {
        ["fashion-cnn"] = new(3.9, 2.2),
        ["fashion-resnet"] = new(3.9, 2.8),
        ["fashion-mobilenet"] = new(3.3, 1.05, Value: 0.903),
        ["fashion-lstm"] = new(3.65, 1.1, Below: 0.001),
        ["efficientnet-lite0"] = new(3.75, 1.5, Value: 0.92, SqnrDb: 17),
        ["ppocr-det"] = new(3.6, 1.15, Value: 21.5),
        ["silero-v5"] = new(3.2, NotSlower, Value: 35),
    };

    public static IEnumerable<Judgement> Judge(Field field)
    {
        if (!ByEntry.TryGetValue(field.Entry.Name, out Goal? goal))
        {
            yield break;
        }

        foreach (ZooRow row in field.Rows.Where(r => r.Recipe == "auto" && r.Precision != Field.AsItIs))
        {
            if (Standing.Of(row, field.Entry) is { } ours)
            {
                string[] missing = [.. Missing(ours, row, goal)];
                yield return new Judgement(field.Entry.Name, $"{ours.Name}: {StandingText.Of(ours)}", missing.Length == 0, missing.Length == 0 ? "reached" : "needs " + string.Join(", ", missing));
            }
        }
    }

    /// <summary>The numbers that are not reached.</summary>
    public static IEnumerable<string> Missing(Standing ours, ZooRow row, Goal goal)
    {
        double? least = goal.Value ?? (row.Fp32 is { } own ? own - goal.Below - (goal.Below > 0 ? 0 : ours.HalfInterval) : null);
        if (least is { } value && ours.Shortfall(value) > 0)
        {
            yield return StandingText.Value(ours.Metric, value);
        }

        if (goal.SqnrDb is { } decibels && row.SqnrDb < decibels)
        {
            yield return $"SQNR {StandingText.Value(MetricKind.Sqnr, decibels)} (has {StandingText.Value(MetricKind.Sqnr, row.SqnrDb.Value)})";
        }

        if (ours.Ratio < goal.Ratio)
        {
            yield return $"{StandingText.Times(goal.Ratio)} smaller";
        }

        if (ours.Speedup < goal.Speedup)
        {
            yield return $"{StandingText.Times(goal.Speedup)} fast";
        }
    }
}
