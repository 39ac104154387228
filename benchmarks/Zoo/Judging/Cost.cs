using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>What quantizing may cost, and that an artifact is not slower than float32.</summary>
internal static class Cost
{
    private const double LeastSpeedup = 0.97;

    /// <summary>Copies of the model that may be held beside what the float model needs.</summary>
    private const int ModelCopies = 3;

    private const double MiB = 1024 * 1024;

    /// <summary>Float32 passes over the calibration data that a recipe may take.</summary>
    private static readonly Dictionary<string, double> MostPasses = new(StringComparer.Ordinal) { ["fast"] = 1.5, ["balanced"] = 4 };

    /// <summary>The slowest artifact of each entry on each profile where it was timed, which is on the host's own profiles.</summary>
    public static IEnumerable<Judgement> Speed(IEnumerable<ZooRow> rows) =>
        rows.Where(r => r is { Error: null, Speedup: not null } && r.Precision != Field.AsItIs && r.RepeatedSamples is null)
            .GroupBy(r => (r.Entry, r.Profile))
            .Select(g => g.MinBy(r => r.Speedup)!)
            .Select(r => new Judgement(r.Entry, $"{r.Profile}, {r.Precision}, {r.Recipe}", r.Speedup >= LeastSpeedup, StandingText.Times(r.Speedup!.Value)));

    /// <summary>Only where the pass is long enough: shorter ones are outweighed by starting up, and are left out where the same was timed on more samples.</summary>
    public static IEnumerable<Judgement> Passes(IReadOnlyList<ZooEntry> entries, IEnumerable<ZooRow> rows) =>
        from same in rows
            .Where(r => r is { Error: null, Passes: not null } && MostPasses.ContainsKey(r.Recipe) && r.Precision != Field.AsItIs)
            .GroupBy(r => r.Key with { RepeatedSamples = null })
        let longest = same.Max(r => r.FloatPassSeconds)
        from row in same
        where row.FloatPassSeconds == longest || row.FloatPassSeconds >= ZooPlan.LeastPassSeconds
        let most = MostPasses[row.Recipe]
        let isLong = row.FloatPassSeconds >= ZooPlan.LeastPassSeconds
        select new Judgement(
            row.Entry,
            Named(row),
            isLong ? row.Passes <= most : null,
            $"{MetricText.Number(row.Passes!.Value, "0.0")} of {MetricText.Number(most, "0.0")}; a pass takes {MetricText.Number(row.FloatPassSeconds!.Value, "0.00")} s{(isLong ? "" : ", too short to judge")}{Others(entries.FirstOrDefault(e => e.Name == row.Entry))}");

    /// <summary>The peak until the ranges are known, against a process that only runs the float model, three times the model, and the activations of one batch.</summary>
    public static IEnumerable<Judgement> Memory(IEnumerable<ZooRow> rows) =>
        from row in rows
        where row is { Error: null, CalibrationPeakMb: not null, FloatPeakMb: not null, FloatBytes: not null, ActivationsMb: not null }
        let model = row.FloatBytes!.Value / MiB
        let bound = row.FloatPeakMb!.Value + (ModelCopies * model) + row.ActivationsMb!.Value
        select new Judgement(
            row.Entry,
            Named(row),
            row.CalibrationPeakMb <= bound,
            $"{Mb(row.CalibrationPeakMb!.Value)} of {Mb(bound)} = {Mb(row.FloatPeakMb!.Value)} + {ModelCopies} × {MetricText.Number(model, "0.0")} + {Mb(row.ActivationsMb!.Value)}; with rounding and writing {(row.PeakMb is { } whole ? Mb(whole) : "–")}");

    private static string Others(ZooEntry? entry)
    {
        Peer[] timed = [.. (entry?.References ?? []).Where(r => r is { IsReference: true, IsFloor: false, FloatPasses: not null }).OrderBy(r => r.FloatPasses)];
        return timed.Length == 0 ? "" : $"; other tools {Of(timed[0])} to {Of(timed[^1])}";

        static string Of(Peer peer) => $"{MetricText.Number(peer.FloatPasses!.Value, "0.0")} ({peer.Recipe})";
    }

    private static string Named(ZooRow row) =>
        $"{row.Profile}, {row.Precision}, {row.Recipe}{(row.RepeatedSamples is { } samples ? $", {samples} samples" : "")}";

    private static string Mb(double value) => MetricText.Number(value, "0");
}
