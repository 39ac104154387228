using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Search.Noise;

/// <summary>
/// The noise of plans between one that computes with integers where it can and one that stores all weights, as the sum of the powers of their sources. For each output
/// alone: a plan's noise is that of its worst output.
/// </summary>
internal sealed class PlanNoise
{
    private readonly Scopes _scopes;
    private readonly Dictionary<string, (double[] ForAll, double[] ForLayers)> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double[]> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _elements;
    private readonly IReadOnlyList<double> _allStored;
    private readonly long _storedElements;

    private PlanNoise(Graph graph, QuantizationPlan integers, QuantizationPlan stored, IReadOnlyList<double> allStored, IReadOnlyList<StoredWeight> each)
    {
        _scopes = new Scopes(graph);
        _elements = IntegerLayers.Of(integers).ToDictionary(l => l.Node, _ => 0L, StringComparer.Ordinal);
        foreach (StoredFormat format in stored.Stored.Where(s => s.Type == ElementType.Int8))
        {
            foreach (string reader in format.Readers.Where(_elements.ContainsKey))
            {
                _elements[reader] += format.Elements;
            }
        }

        (StoredWeights, _allStored, _storedElements) = (each, allStored, Math.Max(1, stored.Stored.Sum(s => s.Elements)));
    }

    /// <summary>Measures the sources of both plans.</summary>
    /// <param name="meter">What measures.</param>
    /// <param name="model">The float model.</param>
    /// <param name="integers">The plan that computes with integers where it can, with weights stored elsewhere.</param>
    /// <param name="stored">The plan that stores all weights.</param>
    /// <param name="allStored">What was measured of the latter, by output.</param>
    /// <param name="eachWeight">Whether the stored weights are told apart; else each has a part of what they cost in all, by its size.</param>
    public static PlanNoise Measure(NoiseMeter meter, CalibratedModel model, QuantizationPlan integers, QuantizationPlan stored, IReadOnlyList<double> allStored, bool eachWeight)
    {
        NoiseSource[] weights = [.. PlanSources.Weights(integers, model.Rounded(integers), model.Graph), .. integers.Recurrent.Select(r => new RecurrentSource(r))];
        TensorSource[] tensors = [.. PlanSources.Activations(integers, model.Graph)];
        StoredSource[] each = eachWeight ? [.. PlanSources.Stored(stored, model.Rounded(stored))] : [];
        IReadOnlyList<double[]> noise = meter.Measure([.. weights, .. each, .. tensors.Select(t => t.ForAll), .. tensors.Select(t => t.ForLayers ?? t.ForAll)]);
        var known = new PlanNoise(model.Graph, integers, stored, allStored, Scaled([.. each.Zip(noise.Skip(weights.Length), (s, n) => new StoredWeight(s.Format, n))], allStored));
        for (int i = 0; i < weights.Length; i++)
        {
            string node = weights[i] is WeightSource weight ? weight.Node : ((RecurrentSource)weights[i]).Format.Node;
            known._weights[node] = known._weights.TryGetValue(node, out double[]? before) ? Sum(before, noise[i]) : noise[i];
        }

        for (int i = 0; i < tensors.Length; i++)
        {
            double[] forAll = noise[weights.Length + each.Length + i];
            known._tensors[tensors[i].Value] = (forAll, tensors[i].ForLayers is null ? new double[forAll.Length] : noise[weights.Length + each.Length + tensors.Length + i]);
        }

        return known;
    }

    /// <summary>The stored weights that were told apart; empty where each only has its part of what they cost in all.</summary>
    public IReadOnlyList<StoredWeight> StoredWeights { get; }

    /// <summary>Of a value in 8 bits, for all that reads it or for layers alone.</summary>
    public double OfTensor(string value, bool forAll) => _tensors.TryGetValue(value, out (double[] ForAll, double[] ForLayers) noise) ? Worst(forAll ? noise.ForAll : noise.ForLayers) : 0;

    /// <summary>Of the weights of an integer node.</summary>
    public double OfWeight(string node) => _weights.TryGetValue(node, out double[]? noise) ? Worst(noise) : 0;

    /// <summary>Of the weights that a node computes with in float32, where they were not told apart: its part by their number.</summary>
    public double ShareOfStored(string node) => Worst(_allStored) * _elements.GetValueOrDefault(node) / _storedElements;

    /// <summary>Which part of the stored weights is stored, 0…1, where some nodes compute with integers.</summary>
    public double StoredShare(IReadOnlySet<string> integer) => Math.Clamp(1 - ((double)integer.Sum(n => _elements.GetValueOrDefault(n)) / _storedElements), 0, 1);

    /// <summary>Noise power ÷ signal power at the worst output.</summary>
    /// <param name="plan">A plan; whether weights are stored in it does not matter.</param>
    /// <param name="fine">Nodes whose weights are stored with more than 8 bits, which counts as no noise.</param>
    public double Of(QuantizationPlan plan, IReadOnlySet<string> fine)
    {
        HashSet<string> integer = [.. IntegerLayers.Of(plan).Select(l => l.Node)];
        double[] sum = new double[_allStored.Count];
        foreach (double[]? source in Tensors(plan).Concat(plan.Weights.Select(w => w.Node).Concat(plan.Recurrent.Select(r => r.Node)).Distinct().Select(n => _weights.GetValueOrDefault(n))))
        {
            sum = source is null ? sum : Sum(sum, source);
        }

        if (StoredWeights.Count == 0)
        {
            double share = StoredShare(integer);
            return Worst(Sum(sum, [.. _allStored.Select(n => n * share)]));
        }

        foreach (StoredWeight weight in StoredWeights.Where(s => s.Format.Readers.Any(r => !integer.Contains(r)) && !s.Format.Readers.Any(fine.Contains)))
        {
            sum = Sum(sum, weight.ByOutput);
        }

        return Worst(sum);
    }

    /// <summary>Each tensor as it is seen under a plan.</summary>
    private IEnumerable<double[]> Tensors(QuantizationPlan plan)
    {
        HashSet<string> integer = [.. plan.Nodes.Where(n => n.Precision != NodePrecision.Float32).Select(n => n.Node)];
        foreach (Value value in plan.Activations.Select(a => a.Value).Where(_tensors.ContainsKey).Select(v => _scopes.Find(v)!))
        {
            bool forAll = (value.Producer is { } producer && integer.Contains(producer.DisplayName)) || value.Uses.Any(u => integer.Contains(u.Node.DisplayName) && !OperatorTable.Multiplies(u.Node));
            yield return forAll ? _tensors[value.Name].ForAll : _tensors[value.Name].ForLayers;
        }
    }

    /// <summary>Stored weights one by one, so that they add up to what they cost together.</summary>
    private static StoredWeight[] Scaled(StoredWeight[] each, IReadOnlyList<double> together)
    {
        double[] sums = [.. together.Select((_, i) => each.Sum(e => e.ByOutput[i]))];
        return Array.ConvertAll(each, e => e with { ByOutput = [.. e.ByOutput.Select((n, i) => sums[i] > 0 && double.IsFinite(sums[i]) ? n * together[i] / sums[i] : n)] });
    }

    private static double[] Sum(IReadOnlyList<double> a, IReadOnlyList<double> b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Worst(IReadOnlyList<double> noise) => noise.DefaultIfEmpty(0).Max();
}

/// <summary>A weight that is stored as int8, with the noise power ÷ signal power that it makes at each output.</summary>
internal sealed record StoredWeight(StoredFormat Format, IReadOnlyList<double> ByOutput)
{
    /// <summary>At the worst output.</summary>
    public double Noise => ByOutput.DefaultIfEmpty(0).Max();
}
