using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Costs.Measuring;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Costs.Fitting;

/// <summary>Measured links of a chain.</summary>
/// <param name="Name">Of the chain.</param>
/// <param name="IsInteger">In the integer form.</param>
/// <param name="Work">What a link does, as sums: each item of the long chain, and those of the short one taken away.</param>
/// <param name="Nanoseconds">Of one link.</param>
internal sealed record Sample(string Name, bool IsInteger, IReadOnlyList<(WorkItem Item, double Times)> Work, double Nanoseconds)
{
    /// <summary>Both forms of a chain.</summary>
    public static IEnumerable<Sample> Measure(Chain chain, PairedClock clock)
    {
        HardwareProfile everything = BuiltInProfiles.X64Vnni with { Costs = null };
        var brief = new Forms(chain.Build(isLong: false));
        var longer = new Forms(chain.Build(isLong: true));
        QuantizationPlan briefPlan = brief.Plan(everything);
        QuantizationPlan longPlan = longer.Plan(everything);
        double[] times = clock.Measure(brief.Float, longer.Float, brief.Quantized(briefPlan), longer.Quantized(longPlan));
        yield return new Sample(chain.Name, false, Difference(longer.Work(null), brief.Work(null), chain.Links), (times[1] - times[0]) / chain.Links);
        yield return new Sample(chain.Name, true, Difference(longer.Work(longPlan), brief.Work(briefPlan), chain.Links), (times[3] - times[2]) / chain.Links);
    }

    private static IReadOnlyList<(WorkItem, double)> Difference(IReadOnlyList<WorkItem> longer, IReadOnlyList<WorkItem> brief, int links) =>
        [.. longer.Select(w => (w, 1.0)).Concat(brief.Select(w => (w, -1.0))).GroupBy(p => p.w).Select(g => (g.Key, g.Sum(p => p.Item2) / links)).Where(p => p.Item2 != 0)];
}
