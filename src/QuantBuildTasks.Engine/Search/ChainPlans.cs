using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Search.Noise;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The plans of a chain, and what is foretold of each.</summary>
internal sealed class ChainPlans
{
    private readonly QuantizedVariants _variants;
    private readonly HardwareProfile _profile;
    private readonly NoiseMeter _meter;
    private readonly Dictionary<string, double[]> _noise = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _elements;
    private readonly QuantizationPlan _stored;
    private IReadOnlyList<double[]> _weightNoise = [];
    private Chain _chain;

    /// <summary>Orders the layers of a plan by what they cost in noise.</summary>
    /// <param name="variants">What makes plans.</param>
    /// <param name="profile">For which profile.</param>
    /// <param name="meter">What measures noise sources.</param>
    public ChainPlans(QuantizedVariants variants, HardwareProfile profile, NoiseMeter meter)
    {
        (_variants, _profile, _meter) = (variants, profile, meter);
        QuantizationPlan plan = variants.Plan(profile, PrecisionMix.None);
        OnnxModel original = variants.Copy();
        WeightSource[] weights = [.. PlanSources.Weights(plan, variants.Rounded(plan), original)];
        IReadOnlyList<ActivationSource> activations = PlanSources.Activations(plan, original.Graph);
        Measure([.. weights.Select(w => ($"weight {w.Node}", (NoiseSource)w)), .. activations.Select(a => ($"activation {a.Format.Value}", (NoiseSource)a))]);
        _elements = weights.GroupBy(w => w.Node).ToDictionary(w => w.Key, w => w.Sum(s => s.Weight.Length), StringComparer.Ordinal);
        _chain = new Chain(Chain.Order(plan, original.Graph, _noise.ToDictionary(n => n.Key, n => n.Value.DefaultIfEmpty(0).Max(), StringComparer.Ordinal)), []);
        _stored = Plan(AllStored);
    }

    /// <summary>The step at which no layer computes with integers, and all weights are stored.</summary>
    public int AllStored => _chain.Layers.Count;

    public int Count => _chain.Count;

    /// <summary>How many layers compute in float32 at a step, and how many nodes keep their weights, in words.</summary>
    public string Describe(int step) => step <= AllStored
        ? $"{step} of {AllStored} integer layers float32"
        : $"all layers float32, {step - AllStored} of {_chain.Weights.Count} weights float32";

    public QuantizationPlan Plan(int step)
    {
        PrecisionMix mix = _chain.Mix(step);
        return _variants.Stored(_variants.Plan(_profile, mix), mix);
    }

    /// <summary>Lengthens the chain beyond <see cref="AllStored"/>: the weights that cost most noise for their bytes become float32.</summary>
    public void Lengthen()
    {
        OnnxModel rounded = _variants.Rounded(_stored);
        StoredFormat[] formats = [.. _stored.Stored.Where(s => s.Type == ElementType.Int8)];
        Graph[] scopes = [.. rounded.Graph.SelfAndSubgraphs()];
        StoredSource[] sources = [.. formats.Select(f => Source(f, scopes[f.Scope]))];
        IReadOnlyList<double[]> noise = _meter.Measure(sources);
        _chain = _chain with { Weights = Chain.Order(formats, [.. noise.Select(n => n.DefaultIfEmpty(0).Max())]) };
        _weightNoise = [.. formats.Zip(noise).OrderByDescending(s => s.Second.DefaultIfEmpty(0).Max() / s.First.Growth).Select(s => s.Second)];
    }

    /// <summary>What is foretold of every step.</summary>
    /// <param name="first">What was measured at the first step.</param>
    /// <param name="stored">What was measured at <see cref="AllStored"/>.</param>
    public IReadOnlyList<ChainStep> Foretell(Candidate first, Candidate stored) => [.. Enumerable.Range(0, Count).Select(k => k <= AllStored
        ? Foretell(_variants.Plan(_profile, _chain.Mix(k)), k, first, stored)
        : Foretell(k, stored))];

    private ChainStep Foretell(QuantizationPlan plan, int step, Candidate first, Candidate stored)
    {
        double[] sum = new double[stored.Noise.Count];
        IEnumerable<string> sources = plan.Activations.Select(a => $"activation {a.Value}").Concat(plan.Weights.Select(w => $"weight {w.Node}").Distinct());
        foreach (double[] source in sources.Select(s => _noise.GetValueOrDefault(s)).OfType<double[]>())
        {
            Add(sum, source, 1);
        }

        // Noise of stored weights is small beside that of integers, and bytes are nearly the same: by the number of weights is exact enough.
        long all = Math.Max(1, _stored.Stored.Sum(s => s.Elements));
        double share = 1 - ((double)plan.Weights.Where(w => w.Axis is not null).Sum(w => _elements[w.Node]) / all);
        Add(sum, stored.Noise, Math.Max(0, share));
        double size = step == 0 ? first.Measure.Size : first.Measure.Size + ((stored.Measure.Size - first.Measure.Size) * Math.Clamp(share, 0, 1));
        return new ChainStep(PlanTime.Of(plan), size, sum.DefaultIfEmpty(0).Max());
    }

    private ChainStep Foretell(int step, Candidate stored)
    {
        double[] all = new double[stored.Noise.Count];
        double[] left = new double[stored.Noise.Count];
        long growth = 0;
        HashSet<string> exact = [.. _chain.Mix(step).Weights.Keys];
        for (int i = 0; i < _weightNoise.Count; i++)
        {
            Add(all, _weightNoise[i], 1);
            Add(left, _weightNoise[i], i < step - AllStored ? 0 : 1);
        }

        foreach (StoredFormat format in _stored.Stored.Where(s => s.Readers.Any(exact.Contains)))
        {
            growth += format.Growth;
        }

        double noise = stored.Noise.Select((n, i) => all[i] > 0 ? n * left[i] / all[i] : n).DefaultIfEmpty(0).Max();
        double size = stored.Measure.Size * (1 + ((double)growth / stored.Made.Artifact.Size));
        return new ChainStep(stored.Measure.Time, size, noise);
    }

    private void Measure(IReadOnlyList<(string Name, NoiseSource Source)> sources)
    {
        IReadOnlyList<double[]> measured = _meter.Measure([.. sources.Select(s => s.Source)]);
        for (int i = 0; i < sources.Count; i++)
        {
            if (_noise.TryGetValue(sources[i].Name, out double[]? known))
            {
                Add(known, measured[i], 1);
            }
            else
            {
                _noise.Add(sources[i].Name, [.. measured[i]]);
            }
        }
    }

    private static StoredSource Source(StoredFormat format, Graph graph)
    {
        Value weight = graph.Find(format.Value)!;
        Node? layer = format.Scope == 0 && weight.Uses is [{ Index: 1, Node: var node }] && (node.Is("Conv") || node.Is("Gemm")) ? node : null;
        return new StoredSource(format, weight.Initializer!, layer?.DisplayName, layer?.Input(2)?.Constant);
    }

    private static void Add(double[] sum, IReadOnlyList<double> source, double factor)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += source[i] * factor;
        }
    }
}
