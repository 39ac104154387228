using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The plans of a chain, and what is foretold of each.</summary>
internal sealed class ChainPlans
{
    private const string ComputesFloat = "the search keeps it float32 for accuracy";

    private readonly CalibratedModel _model;
    private readonly HardwareProfile _profile;
    private readonly PlanNoise _noise;
    private readonly PlanTime _time;
    private readonly Candidate _first;
    private readonly Candidate _stored;
    private readonly string[] _integers;
    private readonly int _layers;
    private readonly PrecisionMix[] _mixes;

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
        QuantizationPlan integers = model.Plan(profile, PrecisionMix.None);
        _integers = [.. Integers(integers)];
        _layers = IntegerLayers.Of(integers).Count;

        // A share of the time is one of a plan in the middle of the way.
        double nanoseconds = time.Float32 * (time.Of(integers) + 1) / 2;
        IReadOnlyList<PrecisionMix> mixes = Chain.Of(price => Mix(new PricedNoise(noise, price, nanoseconds, stored.Made.Artifact.Size)), noise.Of(integers, PrecisionMix.None.FineWeights));

        // Where nothing is left in int8, there is nothing to make.
        _mixes = [.. mixes.Where((m, i) => i == 0 || noise.StoredWeights.Count == 0 || !noise.StoredWeights.All(w => w.Format.Readers.All(m.FineWeights.Contains)))];
    }

    public QuantizationPlan Plan(int step) => _model.Stored(_model.Plan(_profile, _mixes[step]), _mixes[step]);

    /// <summary>What a step leaves float32, in words.</summary>
    public string Describe(int step)
    {
        int weights = _noise.StoredWeights.Count(w => w.Format.Readers.Any(_mixes[step].FineWeights.Contains));
        string computing = _layers == 0 ? "weights stored as int8" : $"{IntegerLayers.Of(_model.Plan(_profile, _mixes[step])).Count} of {_layers} layers integer";
        return weights == 0 ? computing : $"{computing}, {weights} {(weights == 1 ? "weight" : "weights")} float16";
    }

    /// <summary>What is foretold of every step.</summary>
    public IReadOnlyList<ChainStep> Foretell() => [.. _mixes.Select(Foretell)];

    private ChainStep Foretell(PrecisionMix mix)
    {
        QuantizationPlan plan = _model.Plan(_profile, mix);
        HashSet<string> integer = [.. IntegerLayers.Of(plan).Select(l => l.Node)];

        // The all-integer plan and the all-stored one were measured; in between the size goes with the weights that change their form.
        double share = _noise.StoredShare(integer);
        double size = _first.Measure.Size + ((_stored.Measure.Size - _first.Measure.Size) * share);
        double fine = _noise.StoredWeights.Where(w => w.Format.Readers.Any(mix.FineWeights.Contains)).Sum(w => (double)w.Format.FineGrowth);
        return new ChainStep(_time.Of(plan), size + (fine / _stored.Made.Artifact.Size * _stored.Measure.Size), _noise.Of(plan, mix.FineWeights));
    }

    private PrecisionMix Mix(PricedNoise price)
    {
        HashSet<string> integer = [.. Integers(_model.Plan(_profile, PrecisionMix.None, price))];
        return new PrecisionMix
        {
            Computing = _integers.Where(n => !integer.Contains(n)).ToDictionary(n => n, _ => ComputesFloat, StringComparer.Ordinal),
            FineWeights = _noise.StoredWeights.Where(w => price.IsFine(w) && !w.Format.Readers.All(integer.Contains)).SelectMany(w => w.Format.Readers).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static IEnumerable<string> Integers(QuantizationPlan plan) => plan.Nodes.Where(n => n.Precision == NodePrecision.Integer).Select(n => n.Node);
}
