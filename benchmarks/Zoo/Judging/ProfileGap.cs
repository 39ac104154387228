using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Judging;

/// <summary>
/// What it costs to keep the kernels of processors without VNNI from saturating: x64-avx2 against x64-vnni, same precision and recipe, on all validation samples. Where an emulator
/// ran some of them, what it showed is added: how far its value is from that of this machine on the same samples.
/// </summary>
internal static class ProfileGap
{
    private const string Avx2 = "x64-avx2";
    private const double MostPoints = 0.003;
    private const double MostDecibels = 2;

    public static IEnumerable<Judgement> Judge(ZooEntry entry, IEnumerable<ZooRow> rows)
    {
        ZooRow[] made = [.. rows.Where(r => r.Entry == entry.Name && r.Error is null && r.RepeatedSamples is null && r.Precision != Field.AsItIs)];
        foreach (ZooRow avx2 in made.Where(r => r.Profile == Avx2))
        {
            string what = $"{avx2.Precision}, {avx2.Recipe}";
            ZooRow? vnni = made.FirstOrDefault(r => r.Profile == Field.Profile && r.Precision == avx2.Precision && r.Recipe == avx2.Recipe);
            yield return vnni is null
                ? new Judgement(entry.Name, what, null, $"no row for {Field.Profile}")
                : Judge(entry, what, avx2, vnni);
        }
    }

    private static Judgement Judge(ZooEntry entry, string what, ZooRow avx2, ZooRow vnni)
    {
        string basis = avx2.EmulatedSamples is { } samples ? $"; emulated on {samples} samples, {avx2.EmulatedIdentical} equal bit for bit" : $"; {avx2.Basis}";

        // Where one sample is more than the limit in points, decibels tell.
        bool inDecibels = entry.Metric.Unit() != MetricUnit.Share || avx2.Samples * MostPoints < 1;
        double moved = avx2.EmulatedValue - avx2.EmulatedNativeValue ?? 0;
        if (inDecibels)
        {
            double here = (avx2.SqnrDb ?? double.PositiveInfinity) + (entry.Metric.Unit() == MetricUnit.Decibels ? moved : 0);
            double there = vnni.SqnrDb ?? double.PositiveInfinity;
            bool holds = double.IsPositiveInfinity(here) || there - here <= MostDecibels;
            return new Judgement(entry.Name, what, holds, $"SQNR {StandingText.Value(MetricKind.Sqnr, here)} against {StandingText.Value(MetricKind.Sqnr, there)}{basis}");
        }

        double lost = ((entry.Metric.LessIsBetter() ? -1 : 1) * (vnni.Value - avx2.Value - moved)) ?? double.NaN;
        return double.IsNaN(lost)
            ? new Judgement(entry.Name, what, null, "a value is missing")
            : new Judgement(
                entry.Name,
                what,
                lost <= MostPoints + 1e-9,
                $"{StandingText.Value(entry.Metric, avx2.Value!.Value + moved)} against {StandingText.Value(entry.Metric, vnni.Value!.Value)}{basis}");
    }
}
