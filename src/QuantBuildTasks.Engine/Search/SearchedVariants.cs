using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>For each profile the best of several candidates. What is known of noise is shared by all of them.</summary>
internal sealed class SearchedVariants : IVariantSource
{
    private readonly JobRun _run;
    private readonly QuantizedVariants _variants;
    private readonly JobData _data;
    private readonly int _budget;
    private readonly CandidateMeter _meter;
    private readonly Lazy<NoiseMeter> _noise;
    private readonly List<(HardwareProfile Profile, MadeVariant Made)> _taken = [];

    /// <param name="run">The job.</param>
    /// <param name="variants">What makes candidates.</param>
    /// <param name="floatModel">What they are compared with.</param>
    /// <param name="data">The samples.</param>
    /// <param name="budget">How many candidates are measured for a profile at most; at least 1.</param>
    public SearchedVariants(JobRun run, QuantizedVariants variants, StoredModel floatModel, JobData data, int budget)
    {
        (_run, _variants, _data, _budget) = (run, variants, data, budget);
        IReadOnlySet<string> outputs = CandidateMeter.OutputsThatCount(run.Job, variants.Graph);
        _meter = new CandidateMeter(run, floatModel, data, outputs);
        _noise = new Lazy<NoiseMeter>(() => new NoiseMeter(run, variants, data.Split!.HeldOut, outputs));
    }

    public MadeVariant? Make(HardwareProfile profile)
    {
        foreach ((HardwareProfile other, MadeVariant made) in _taken)
        {
            if (_variants.AreTheSame(profile, other))
            {
                return made with { Plan = made.Plan with { Profile = profile.Name }, Findings = [.. made.Findings.Select(f => f with { Profile = profile.Name })] };
            }
        }

        MadeVariant? balanced = _variants.Make(profile);
        if (balanced is null || _data.Split is null || profile.Format == NumberFormat.Float16 || !_variants.IsInMemory)
        {
            return balanced;
        }

        MadeVariant taken = new ProfileSearch(_run, _variants, _meter, _noise, profile, _budget).Run(balanced);
        _taken.Add((profile, taken));
        return taken;
    }

    public void Finish() => _variants.Finish();
}
