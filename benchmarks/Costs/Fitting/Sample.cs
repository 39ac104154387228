using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Costs.Measuring;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Costs.Fitting;

/// <summary>Links of a chain and their time.</summary>
/// <param name="Name">Of the chain.</param>
/// <param name="Work">What a link does, as sums: each item of the long chain, and those of the short one taken away.</param>
/// <param name="Nanoseconds">Of one link.</param>
internal sealed record Sample(string Name, IReadOnlyList<(WorkItem Item, double Times)> Work, double Nanoseconds)
{
    /// <summary>How many models <see cref="Times"/> measures: two lengths in two forms.</summary>
    public const int Models = 4;

    /// <summary>ns of the short and the long chain as float32, and of both as integers.</summary>
    public static double[] Times(Chain chain, PairedClock clock)
    {
        (Forms Forms, QuantizationPlan Plan) brief = Form(chain, isLong: false);
        (Forms Forms, QuantizationPlan Plan) longer = Form(chain, isLong: true);
        return clock.Measure(brief.Forms.Float, longer.Forms.Float, brief.Forms.Quantized(brief.Plan), longer.Forms.Quantized(longer.Plan));
    }

    /// <summary>The links as float32 and as integers.</summary>
    /// <param name="chain">Of them.</param>
    /// <param name="times">Smallest times, in the order of <see cref="Times"/>.</param>
    public static IEnumerable<Sample> Of(Chain chain, double[] times)
    {
        (Forms Forms, QuantizationPlan Plan) brief = Form(chain, isLong: false);
        (Forms Forms, QuantizationPlan Plan) longer = Form(chain, isLong: true);
        yield return new Sample(chain.Name, Difference(longer.Forms.Work(null), brief.Forms.Work(null), chain.Links), (times[1] - times[0]) / chain.Links);
        yield return new Sample(chain.Name, Difference(longer.Forms.Work(longer.Plan), brief.Forms.Work(brief.Plan), chain.Links), (times[3] - times[2]) / chain.Links);
    }

    private static (Forms Forms, QuantizationPlan Plan) Form(Chain chain, bool isLong)
    {
        var forms = new Forms(chain.Build(isLong));
        return (forms, forms.Plan(BuiltInProfiles.X64Vnni with { Costs = null }));
    }

    private static IReadOnlyList<(WorkItem, double)> Difference(IReadOnlyList<WorkItem> longer, IReadOnlyList<WorkItem> brief, int links) =>
        [.. longer.Select(w => (w, 1.0)).Concat(brief.Select(w => (w, -1.0))).GroupBy(p => p.w).Select(g => (g.Key, g.Sum(p => p.Item2) / links)).Where(p => p.Item2 != 0)];
}
