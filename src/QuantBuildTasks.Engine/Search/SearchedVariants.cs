using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
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
    private readonly Dictionary<CalibratedModel, NoiseMeter> _noise = new(ReferenceEqualityComparer.Instance);
    private readonly IReadOnlySet<string> _outputs;
    private readonly List<(HardwareProfile Profile, MadeVariant Made)> _taken = [];

    /// <param name="run">The job.</param>
    /// <param name="variants">What makes candidates.</param>
    /// <param name="floatModel">What they are compared with.</param>
    /// <param name="data">The samples.</param>
    /// <param name="budget">How many candidates are measured for a profile at most; at least 1.</param>
    public SearchedVariants(JobRun run, QuantizedVariants variants, StoredModel floatModel, JobData data, int budget)
    {
        (_run, _variants, _data, _budget) = (run, variants, data, budget);
        _outputs = CandidateMeter.OutputsThatCount(run.Job, variants.Conditioned.Graph);
        _meter = new CandidateMeter(run, floatModel, data, _outputs);
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
        if (balanced is null || _data.Split is null || !_variants.Conditioned.IsInMemory)
        {
            return balanced;
        }

        MadeVariant taken = new ProfileSearch(_run, _variants, _meter, NoiseOf, profile, _budget).Run(balanced);
        _taken.Add((profile, taken));
        return taken;
    }

    /// <summary>What is known of the noise in a model, for all profiles.</summary>
    private NoiseMeter NoiseOf(CalibratedModel model)
    {
        if (!_noise.TryGetValue(model, out NoiseMeter? meter))
        {
            _noise.Add(model, meter = new NoiseMeter(_run, model, _data.Split!.HeldOut, _outputs));
        }

        return meter;
    }

    public void Finish() => _variants.Finish();
}
