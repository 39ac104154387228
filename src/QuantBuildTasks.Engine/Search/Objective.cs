using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// What a search lessens among the candidates that hold the gates: ln(time) + ln(size) + 0.02·d + 0.004·d², all against float32, with d the decibels that are missing
/// to the target. One per cent of time weighs as much as one per cent of size; the further below the target, the more a decibel is worth: two per cent of either at
/// the target, ten per cent at 10 dB below.
/// </summary>
/// <param name="TargetDb">Beyond this signal to noise ratio accuracy is worth nothing more.</param>
/// <param name="FloorDb">Below this a candidate fails for sure; null where the gate is no floor in decibels.</param>
internal sealed record Objective(double TargetDb, double? FloorDb)
{
    /// <summary>By how much the target lies above the gate's floor, or above <see cref="UsualFloorDb"/> where the gate is none in decibels.</summary>
    public const double AboveFloorDb = 15;

    public const double UsualFloorDb = 20;

    /// <summary>Of further metrics whose kind is left open nothing is foretold.</summary>
    private const MetricKind MetricChoiceOfOthers = MetricKind.Cosine;

    /// <summary>What a decibel is worth just below the target, as a share of time or size.</summary>
    public const double PricePerDb = 0.02;

    /// <summary>By how much more per decibel: half of the slope.</summary>
    public const double Steepness = 0.004;

    /// <summary>For the metrics of a job.</summary>
    /// <param name="metrics">What is measured.</param>
    /// <param name="first">What the first of them is, where it is left open.</param>
    /// <param name="floorOfDecisions">The decibels below which more decisions turn than a limit allows.</param>
    public static Objective Of(IReadOnlyList<MetricRequest> metrics, MetricKind first, Func<double, double> floorOfDecisions)
    {
        (MetricKind Kind, MaxDrop Limit)[] limits = [.. metrics.Select((m, i) => m.Kind ?? (i == 0 ? first : MetricChoiceOfOthers)).Zip(metrics, (k, m) => (k, m.MaxDrop ?? Gate.Default(k)))];
        double[] decibels = [.. limits.Where(l => l.Kind == MetricKind.Sqnr).Select(l => l.Limit.Limit)];
        double[] decisions = limits[0].Kind == MetricKind.Agreement ? [floorOfDecisions(Points(limits[0].Limit))] : [];
        double? floor = decibels.Concat(decisions).Select(d => (double?)d).Max();
        return new Objective(Math.Max(decibels.DefaultIfEmpty(UsualFloorDb).Max() + AboveFloorDb, floor ?? 0), floor);
    }

    /// <summary>The share of decisions that may turn.</summary>
    public static double Points(MaxDrop limit) => limit.Kind == MaxDropKind.Absolute ? 1 - limit.Limit : limit.Limit;

    /// <summary>Less is better.</summary>
    /// <param name="time">Time ÷ float32's time, above 0.</param>
    /// <param name="size">Bytes ÷ float32's bytes, above 0.</param>
    /// <param name="sqnrDb">Of the worst output; +∞ where nothing changed.</param>
    public double Cost(double time, double size, double sqnrDb)
    {
        double missing = ShortfallDb(sqnrDb);
        return Math.Log(time) + Math.Log(size) + (missing * (PricePerDb + (Steepness * missing)));
    }

    /// <summary>By how many decibels a candidate misses the target; 0 where it does not.</summary>
    public double ShortfallDb(double sqnrDb) => double.IsNaN(sqnrDb) ? double.PositiveInfinity : Math.Max(0, TargetDb - sqnrDb);
}
