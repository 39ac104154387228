using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The search for one profile: measures both ends of the chain, learns what each layer costs in noise, and measures steps between.</summary>
/// <param name="run">The job.</param>
/// <param name="variants">What makes candidates.</param>
/// <param name="meter">What measures them.</param>
/// <param name="noise">What measures noise sources; made when it is needed.</param>
/// <param name="profile">The profile.</param>
/// <param name="budget">How many candidates may be measured.</param>
internal sealed class ProfileSearch(JobRun run, QuantizedVariants variants, CandidateMeter meter, Lazy<NoiseMeter> noise, HardwareProfile profile, int budget)
{
    /// <summary>So far below the target nothing that costs time or size can win much: <c>auto</c> is content.</summary>
    private const double ContentDb = 5;

    private readonly List<(int Step, Candidate Candidate, string What)> _tried = [];
    private Objective? _objective;

    /// <summary>The best candidate, with what was tried.</summary>
    /// <param name="balanced">What <c>balanced</c> makes: the first candidate.</param>
    public MadeVariant Run(MadeVariant balanced)
    {
        Candidate first = meter.Measure(profile, balanced);
        _objective = Objective.Of(run.Job.Metrics, first.Metric);
        _tried.Add((0, first, "balanced"));
        if (run.Job.Recipe == Recipe.Auto && first.Measure.HoldsGate && _objective.ShortfallDb(first.SqnrDb) <= ContentDb)
        {
            return Taken(0, "it holds the limits on the held-out samples, and little could be gained");
        }

        var plans = new ChainPlans(variants, profile, noise.Value);
        Candidate stored = plans.AllStored == 0 ? first : Try(plans, plans.AllStored);
        if (!stored.Measure.HoldsGate || _objective.ShortfallDb(stored.SqnrDb) > 0)
        {
            plans.Lengthen();
        }

        var chain = new ChainSearch(plans.Foretell(first, stored), _objective, step => Try(plans, step).Measure);
        chain.Know(0, first.Measure);
        chain.Know(plans.AllStored, stored.Measure);
        int best = chain.Run(budget - _tried.Count);
        return Taken(_tried.FindIndex(t => t.Step == best), first.Measure.HoldsGate || _tried.Any(t => t.Candidate.Measure.HoldsGate)
            ? "of those that hold the limits it is the best trade of time, size and accuracy"
            : "none holds the limits on the held-out samples, and it comes closest");
    }

    private Candidate Try(ChainPlans plans, int step)
    {
        run.Cancellation.ThrowIfCancellationRequested();
        Candidate candidate = meter.Measure(profile, variants.Write(profile, plans.Plan(step)));
        _tried.Add((step, candidate, plans.Describe(step)));
        return candidate;
    }

    private MadeVariant Taken(int place, string reason)
    {
        TriedCandidate[] tried = [.. _tried.Select(t => new TriedCandidate(
            t.What,
            t.Candidate.SqnrDb,
            t.Candidate.Measure.HoldsGate,
            t.Candidate.Measure.Time,
            t.Candidate.Made.Artifact.Size,
            _objective!.Cost(t.Candidate.Measure.Time, t.Candidate.Measure.Size, t.Candidate.SqnrDb)))];
        var outcome = new SearchOutcome(tried, place, reason, meter.Samples, _objective!.TargetDb) { Probes = noise.IsValueCreated ? noise.Value.Probes : 0 };
        MadeVariant made = _tried[place].Candidate.Made;
        return made with { Search = outcome, Findings = [.. made.Findings, Message(outcome)] };
    }

    private Diagnostic Message(SearchOutcome outcome)
    {
        TriedCandidate taken = outcome.Candidates[outcome.Taken];
        string count = outcome.Candidates.Count == 1 ? "1 candidate" : $"{outcome.Candidates.Count} candidates";
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"Of {count} on {outcome.Samples} calibration samples that were held out, '{taken.What}' was taken: {outcome.Reason} (SQNR {taken.SqnrDb:0.0} dB, estimated time {taken.Time:0.00}× float32's).");
        return Diagnostic.Message(Codes.Searched, text, run.Job.DisplayPath) with { Profile = profile.Name };
    }
}
