using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The plans of a chain, and what is foretold of each.</summary>
internal sealed class ChainPlans
{
    private readonly CalibratedModel _model;
    private readonly HardwareProfile _profile;
    private readonly PlanNoise _noise;
    private readonly PlanTime _time;
    private readonly Candidate _first;
    private readonly Candidate _stored;
    private readonly QuantizationPlan _integers;
    private readonly Chain _chain;

    /// <summary>Orders what can become more exact by what it costs.</summary>
    /// <param name="model">What makes plans.</param>
    /// <param name="profile">For which profile.</param>
    /// <param name="noise">What is known of noise sources.</param>
    /// <param name="time">How long plans take.</param>
    /// <param name="first">The fastest candidate.</param>
    /// <param name="stored">The one that stores all weights and computes in float32.</param>
    public ChainPlans(CalibratedModel model, HardwareProfile profile, PlanNoise noise, PlanTime time, Candidate first, Candidate stored)
    {
        (_model, _profile, _noise, _time, _first, _stored) = (model, profile, noise, time, first, stored);
        _integers = model.Plan(profile, PrecisionMix.None);
        _chain = new Chain([.. Layers(), .. Weights()]);
    }

    /// <summary>Steps; the last of the chain is none where it leaves nothing in int8.</summary>
    public int Count => _chain.Count - (_noise.StoredWeights.Any() ? 1 : 0);

    public QuantizationPlan Plan(int step)
    {
        PrecisionMix mix = _chain.Mix(step);
        return _model.Stored(_model.Plan(_profile, mix), mix);
    }

    /// <summary>What a step leaves float32, in words.</summary>
    public string Describe(int step)
    {
        int layers = LayerNoise.Layers(_integers).Count;
        int floats = _chain.Taken(step).Count(i => !i.IsWeight);
        int weights = _chain.Taken(step).Count(i => i.IsWeight);
        string computing = layers == 0 ? "weights stored as int8" : $"{layers - floats} of {layers} layers integer";
        return weights == 0 ? computing : $"{computing}, {weights} {(weights == 1 ? "weight" : "weights")} float16";
    }

    /// <summary>What is foretold of every step.</summary>
    public IReadOnlyList<ChainStep> Foretell() => [.. Enumerable.Range(0, Count).Select(Foretell)];

    private ChainStep Foretell(int step)
    {
        PrecisionMix mix = _chain.Mix(step);
        QuantizationPlan plan = _model.Plan(_profile, mix);
        HashSet<string> integer = [.. LayerNoise.Layers(plan).Select(l => l.Node)];

        // The all-integer plan and the all-stored one were measured; in between the size goes with the weights that change their form.
        double share = _noise.StoredShare(integer);
        double size = _first.Measure.Size + ((_stored.Measure.Size - _first.Measure.Size) * share) + _chain.Taken(step).Where(i => i.IsWeight).Sum(i => i.Cost * _stored.Measure.Size);
        return new ChainStep(_time.Of(plan), size, _noise.Of(plan, mix.FineWeights));
    }

    /// <summary>What a layer costs is what the whole plan takes longer without it: conversions around it, and what its neighbours become.</summary>
    private IEnumerable<ChainItem> Layers()
    {
        IReadOnlyDictionary<string, double> noise = LayerNoise.Of(_integers, _model.Graph, n => _noise.OfWeight(n) - _noise.OfStored(n), _noise.OfTensor);
        double time = _time.Of(_integers);
        return LayerNoise.Layers(_integers).Select(l => new ChainItem([l.Node], false, Math.Max(0, _time.Of(Without(l.Node)) - time) / time, noise[l.Node]));
    }

    private QuantizationPlan Without(string layer) => _model.Plan(_profile, new PrecisionMix { Computing = new Dictionary<string, string>(StringComparer.Ordinal) { [layer] = "" } });

    private IEnumerable<ChainItem> Weights() => _noise.StoredWeights.Select(w => new ChainItem(w.Format.Readers, true, (double)w.Format.FineGrowth / _stored.Made.Artifact.Size, w.Noise));
}
