using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// What a search lessens among the candidates that hold the gates: ln(time) + ln(size) + price · max(0, target − SQNR), all against float32. One per cent of
/// time weighs as much as one per cent of size; a decibel below the target as much as four per cent of either.
/// </summary>
/// <param name="TargetDb">Beyond this signal to noise ratio accuracy is worth nothing more.</param>
/// <param name="FloorDb">Below this a candidate fails for sure; null where the gate is no floor in decibels.</param>
internal sealed record Objective(double TargetDb, double? FloorDb)
{
    /// <summary>By how much the target lies above the gate's floor, or above <see cref="UsualFloorDb"/> where the gate is none in decibels.</summary>
    public const double AboveFloorDb = 15;

    public const double UsualFloorDb = 20;

    /// <summary>What a decibel below the target is worth, as a share of time or size.</summary>
    public const double PricePerDb = 0.04;

    /// <summary>For the metrics of a job.</summary>
    public static Objective Of(IReadOnlyList<MetricRequest> metrics, MetricKind first)
    {
        double? floor = metrics
            .Select((m, i) => (Kind: m.Kind ?? (i == 0 ? first : (MetricKind?)null), m.MaxDrop))
            .Where(m => m.Kind == MetricKind.Sqnr)
            .Select(m => (double?)(m.MaxDrop ?? Gate.Default(MetricKind.Sqnr)).Limit)
            .DefaultIfEmpty(null)
            .Max();
        return new Objective((floor ?? UsualFloorDb) + AboveFloorDb, floor);
    }

    /// <summary>Less is better.</summary>
    /// <param name="time">Time ÷ float32's time, above 0.</param>
    /// <param name="size">Bytes ÷ float32's bytes, above 0.</param>
    /// <param name="sqnrDb">Of the worst output; +∞ where nothing changed.</param>
    public double Cost(double time, double size, double sqnrDb) => Math.Log(time) + Math.Log(size) + (PricePerDb * ShortfallDb(sqnrDb));

    /// <summary>By how many decibels a candidate misses the target; 0 where it does not.</summary>
    public double ShortfallDb(double sqnrDb) => double.IsNaN(sqnrDb) ? double.PositiveInfinity : Math.Max(0, TargetDb - sqnrDb);
}
