using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>What the gate says of an estimate from a part of the samples.</summary>
/// <param name="maxDrop">How far the metric may fall, or null for its default.</param>
/// <param name="population">All samples, tried or not.</param>
/// <param name="leastSure">How many of them are the least sure ones that come first.</param>
/// <param name="floatValue">The float model's value on all samples; NaN where the metric compares with it.</param>
internal sealed class EmulatedVerdict(MaxDrop? maxDrop, int population, int leastSure, double floatValue)
{
    /// <summary>What the metric would be on all samples.</summary>
    /// <param name="tried">What it is on those tried.</param>
    /// <param name="differences">Their differences, or null where the metric is no mean: then it stays as it is.</param>
    public MetricResult Estimate(MetricResult tried, IReadOnlyList<double>? differences)
    {
        if (differences is null)
        {
            return tried;
        }

        var estimate = StratifiedEstimate.Of(differences, leastSure, population, floatValue, tried.Kind.CountsSamples());
        MetricResult whole = tried with { FloatValue = floatValue, DropInterval = estimate.Interval };
        return WithDrop(whole, estimate.Drop);
    }

    /// <summary>
    /// Whether the artifact passes for sure: the whole interval is within the limit. Nothing is decided before the least sure samples are through and
    /// some random ones speak for the rest. A regression uses up the budget: whoever has to mend it wants to know its size.
    /// </summary>
    public bool IsDecided(MetricResult result) => HasSeenBoth(result) && IsBelow(result);

    /// <summary>The same without an interval that is only a bound.</summary>
    public MetricResult Shown(MetricResult result) => HasSeenBoth(result) ? result : result with { DropInterval = null };

    public GateVerdict Judge(MetricResult result, IReadOnlyList<double>? differences, RunComparison runs)
    {
        GateVerdict measured = Gate.Judge(Shown(result), maxDrop);
        GateOutcome outcome = Outcome(result, measured.Outcome);
        string enough = outcome == GateOutcome.TooFewSamples ? Enough(result, differences) : "";
        return measured with { Outcome = outcome, Explanation = Explain(measured.Explanation, result.Samples, enough, runs) };
    }

    private GateOutcome Outcome(MetricResult result, GateOutcome measured) =>
        result.Samples == population ? measured
        : IsAbove(result) ? GateOutcome.Regressed
        : !HasSeenBoth(result) ? GateOutcome.TooFewSamples
        : IsBelow(result) ? GateOutcome.Passed
        : measured;

    private bool HasSeenBoth(MetricResult result) => result.Samples > leastSure || result.Samples == population;

    private bool IsAbove(MetricResult result) => result.DropInterval is { } interval && Regresses(result, interval.Low);

    private bool IsBelow(MetricResult result) => result.DropInterval is { } interval && !Regresses(result, interval.High);

    private bool Regresses(MetricResult result, double drop) =>
        Gate.Judge(WithDrop(result, drop) with { DropInterval = null }, maxDrop).Outcome == GateOutcome.Regressed;

    /// <summary>The same with another drop, and the value that goes with it.</summary>
    private static MetricResult WithDrop(MetricResult result, double drop) =>
        result with { Drop = drop, Value = result.Reference() + (result.Kind.LessIsBetter() ? drop : -drop) };

    /// <summary>Puts what is special here into the gate's words: <c>320 of 10,000 samples, the 200 least sure of float32 among them; 34 decisions differ from the native run</c>.</summary>
    private string Explain(string measured, int samples, string enough, RunComparison runs)
    {
        int end = measured.LastIndexOf(Wording.Samples(samples), StringComparison.Ordinal);
        string tried = samples == population ? Wording.Samples(samples) : $"{Wording.Count(samples)} of {Wording.Samples(population)}";
        int sure = Math.Min(samples, leastSure);
        string front = sure == 0 || samples == population ? ""
            : sure == samples ? ", all of them among the least sure of float32"
            : $", the {Wording.Count(sure)} least sure of float32 among them";
        return $"under emulation {measured[..end]}{tried}{front}{enough}; {Describe(runs)})";
    }

    private static string Describe(RunComparison runs) =>
        runs.Identical == runs.Samples ? "all outputs are those of the native run bit for bit"
        : runs.DecisionsApart is { } apart
            ? $"{(apart == 0 ? "no decision differs" : apart == 1 ? "1 decision differs" : $"{Wording.Count(apart)} decisions differ")} from the native run"
        : $"the outputs of {Wording.Samples(runs.Samples - runs.Identical)} differ from the native run";

    /// <summary>
    /// How many samples would make the interval narrow enough for the gate if the random ones went on as they do, to two digits. The interval
    /// of proportions is computed for the same rates; others shrink with √n.
    /// </summary>
    private string Enough(MetricResult result, IReadOnlyList<double>? differences)
    {
        if (differences is null || result.DropInterval is not { } interval || result.Samples <= leastSure)
        {
            return result.Samples <= leastSure ? ", too few to speak for the rest" : "";
        }

        double[] random = [.. differences.Skip(leastSure)];
        double weight = (double)(population - leastSure) / population;
        double halfWidth = (interval.High - interval.Low) / 2;
        for (int n = random.Length; leastSure + n < population; n += Math.Max(1, n / 50))
        {
            double share = (double)n / random.Length;
            double half = result.Kind.CountsSamples() && StratifiedEstimate.CountsSamples(random)
                ? weight * HalfWidth(TangoInterval.Of(Scaled(random, 1, share), Scaled(random, -1, share), n))
                : halfWidth / Math.Sqrt(share);
            if (Gate.Judge(result with { DropInterval = new Interval(result.Drop - half, result.Drop + half) }, maxDrop).Outcome != GateOutcome.TooFewSamples)
            {
                double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(leastSure + n)) - 1));
                return $", and about {Wording.Count(Math.Min(population, Math.Ceiling((leastSure + n) / unit) * unit))} would tell";
            }
        }

        return $", and only all {Wording.Count(population)} would tell";
    }

    private static int Scaled(double[] differences, double value, double share) => (int)(differences.Count(d => d == value) * share);

    private static double HalfWidth(Interval interval) => (interval.High - interval.Low) / 2;
}
