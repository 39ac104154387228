using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The search for one profile: measures both ends of the chain, learns what each layer costs in noise, and measures steps between.</summary>
/// <param name="run">The job.</param>
/// <param name="variants">What makes candidates.</param>
/// <param name="meter">What measures them.</param>
/// <param name="noiseOf">What measures noise sources of a model.</param>
/// <param name="profile">The profile.</param>
/// <param name="budget">How many candidates may be measured.</param>
internal sealed class ProfileSearch(
    JobRun run, QuantizedVariants variants, CandidateMeter meter, Func<CalibratedModel, NoiseMeter> noiseOf, HardwareProfile profile, int budget)
{
    /// <summary>So far below the target nothing that costs time or size can win much: <c>auto</c> is content.</summary>
    private const double ContentDb = 3;

    /// <summary>With less than this, candidates with and without equalization, and one that is rounded anew, would leave nothing for the steps between.</summary>
    private const int LeastForBoth = 6;

    /// <summary>As for ranges (<see cref="Calibration.Trials.RangeSearch"/>).</summary>
    private const double ClearGainDb = 0.5;

    private readonly List<(Candidate Candidate, string What)> _tried = [];

    /// <summary>The candidate that was tried, and is not better for sure.</summary>
    private int? _unsure;
    private PlanTime? _time;
    private int _probes;

    /// <summary>The best candidate, with what was tried.</summary>
    /// <param name="balanced">What <c>balanced</c> makes: the first candidate.</param>
    public MadeVariant Run(MadeVariant balanced)
    {
        _time = new PlanTime(variants.For(profile), profile, balanced.Plan);
        Candidate first = meter.Measure(profile, balanced, _time.Of(balanced.Plan));
        _tried.Add((first, "balanced"));
        if (run.Job.Recipe == Recipe.Auto && first.Measure.HoldsGate && meter.Objective.ShortfallDb(first.SqnrDb) <= ContentDb)
        {
            return Taken(0, "it holds the limits on the held-out samples, and little could be gained");
        }

        if (budget < 2)
        {
            return Taken(0, "the budget allows no other");
        }

        (CalibratedModel model, Candidate integers, Candidate stored) = Ends(first);
        bool eachWeight = !stored.Measure.HoldsGate || meter.Objective.ShortfallDb(stored.SqnrDb) > 0;
        NoiseMeter noise = noiseOf(model);
        var sources = PlanNoise.Measure(noise, model, integers.Made.Plan, stored.Made.Plan, stored.Noise, eachWeight);
        _probes = noise.Probes;
        var plans = new ChainPlans(model, profile, sources, _time, integers, stored);
        var chain = new ChainSearch(plans.Foretell(), meter.Objective, step => Try(model, plans.Plan(step), plans.Describe(step)).Measure);
        chain.Know(0, integers.Measure);
        chain.Run(budget - _tried.Count - (budget < LeastForBoth ? 0 : 1));
        if (_tried.Count < budget)
        {
            Refine(model);
        }

        return Taken(Best(), _tried.Any(t => t.Candidate.Measure.HoldsGate)
            ? "of those that hold the limits it is the best trade of time, size and accuracy"
            : "none holds the limits on the held-out samples, and it comes closest");
    }

    /// <summary>
    /// Both ends of the chain. Conditioning makes channels alike, which integers between layers gain from, and which stored weights can lose by; so both ends are made with it and without,
    /// and the chain is that of the model whose ends are better together.
    /// </summary>
    private (CalibratedModel Model, Candidate Integers, Candidate Stored) Ends(Candidate first)
    {
        if (IntegerLayers.Of(first.Made.Plan).Count == 0)
        {
            return (variants.For(profile), first, first);
        }

        (CalibratedModel conditioned, CalibratedModel plain) = (variants.Conditioned, variants.Plain);

        Candidate stored = Try(plain, AllStored(plain), "all weights stored as int8, nothing integer");
        if (budget < LeastForBoth || plain.File.IsSameAs(conditioned.File))
        {
            return (conditioned, first, stored);
        }

        Candidate plainIntegers = Try(plain, plain.Stored(plain.Plan(profile, PrecisionMix.None), PrecisionMix.None), "balanced without equalization");
        Candidate conditionedStored = Try(conditioned, AllStored(conditioned), "all weights stored as int8 after equalization");
        return plainIntegers.SqnrDb + stored.SqnrDb > first.SqnrDb + conditionedStored.SqnrDb ? (plain, plainIntegers, stored) : (conditioned, first, conditionedStored);
    }

    /// <summary>The plan that no integer arithmetic is left in.</summary>
    private QuantizationPlan AllStored(CalibratedModel model)
    {
        var mix = new PrecisionMix { Computing = IntegerLayers.Of(model.Plan(profile, PrecisionMix.None)).ToDictionary(l => l.Node, _ => "the search keeps it float32", StringComparer.Ordinal) };
        return model.Stored(model.Plan(profile, mix), mix);
    }

    /// <summary>
    /// The best one again, its layers rounded one after another for what they really read: the same time and nearly the same size, so the held-out samples alone decide. They are few, and what fits
    /// the samples that were learnt from more closely must be clearly better on them.
    /// </summary>
    private void Refine(CalibratedModel model)
    {
        (Candidate best, string what) = _tried[Best()];
        CalibratedModel source = best.Made.Source.IsSameAs(model.File) ? model : best.Made.Source.IsSameAs(variants.Plain.File) ? variants.Plain : variants.Conditioned;
        if (source.WriteInTurn(profile, best.Made.Plan) is { } refined)
        {
            Candidate candidate = meter.Measure(profile, refined, best.Measure.Time);
            _tried.Add((candidate, $"{what}, rounded layer after layer"));
            bool holdsAlone = candidate.Measure.HoldsGate && !best.Measure.HoldsGate;
            _unsure = holdsAlone || candidate.SqnrDb >= best.SqnrDb + ClearGainDb ? null : _tried.Count - 1;
        }
    }

    private Candidate Try(CalibratedModel model, QuantizationPlan plan, string what)
    {
        run.Cancellation.ThrowIfCancellationRequested();
        Candidate candidate = meter.Measure(profile, model.Write(profile, plan), _time!.Of(plan));
        _tried.Add((candidate, what));
        return candidate;
    }

    /// <summary>Of those that hold the limits the cheapest, else the one with the least noise; of equals the first.</summary>
    private int Best()
    {
        int[] sure = [.. Enumerable.Range(0, _tried.Count).Where(i => i != _unsure)];
        int[] holding = [.. sure.Where(i => _tried[i].Candidate.Measure.HoldsGate)];
        return holding.Length > 0 ? holding.MinBy(i => Cost(_tried[i].Candidate)) : sure.MinBy(i => _tried[i].Candidate.Measure.Noise);
    }

    private double Cost(Candidate candidate) => meter.Objective.Cost(candidate.Measure.Time, candidate.Measure.Size, candidate.SqnrDb);

    private MadeVariant Taken(int place, string reason)
    {
        TriedCandidate[] tried = [.. _tried.Select(t => new TriedCandidate(
            t.What,
            t.Candidate.SqnrDb,
            t.Candidate.Measure.HoldsGate,
            _time!.IsKnown ? t.Candidate.Measure.Time : null,
            t.Candidate.Made.Artifact.Size,
            Cost(t.Candidate)))];
        var outcome = new SearchOutcome(tried, place, reason, meter.Samples, meter.Objective.TargetDb) { Probes = _probes };
        MadeVariant made = _tried[place].Candidate.Made;
        return made with { Search = outcome, Findings = [.. made.Findings, Message(outcome)] };
    }

    private Diagnostic Message(SearchOutcome outcome)
    {
        TriedCandidate taken = outcome.Candidates[outcome.Taken];
        string count = outcome.Candidates.Count == 1 ? "1 candidate" : $"{outcome.Candidates.Count} candidates";
        string time = taken.Time is { } known ? string.Create(CultureInfo.InvariantCulture, $", estimated time {known:0.00}× float32's") : "";
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"Of {count} on {outcome.Samples} calibration samples that were held out, '{taken.What}' was taken: {outcome.Reason} (SQNR {taken.SqnrDb:0.0} dB{time}).");
        return Diagnostic.Message(Codes.Searched, text, run.Job.DisplayPath) with { Profile = profile.Name };
    }
}
