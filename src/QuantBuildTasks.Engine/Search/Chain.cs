using QuantBuildTasks.Engine.Pipeline;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// The way from the fastest plan to the most exact one. A price is put on noise, and rises: at each step the item follows that pays at the lowest price, so that with noise
/// and costs that add up every step is the best plan for its cost (Lagrange multipliers for a choice among alternatives: Everett 1963). A weight can be stored finer
/// only where its layer computes in float32; where it pays before its layer does, both follow at the price of the two together.
/// </summary>
internal sealed class Chain
{
    private const string ComputesFloat = "the search keeps it float32 for accuracy";

    private readonly ChainItem[][] _moves;

    /// <param name="items">What can become more exact; equal prices keep this order.</param>
    public Chain(IReadOnlyList<ChainItem> items)
    {
        ChainItem[] layers = [.. items.Where(i => !i.IsWeight)];
        ILookup<string, ChainItem> weightsOf = items.Where(i => i.IsWeight).ToLookup(w => w.Nodes[0], StringComparer.Ordinal);
        var moves = new List<(double Price, ChainItem[] Items)>();
        var seen = new HashSet<ChainItem>(ReferenceEqualityComparer.Instance);
        foreach (ChainItem layer in layers)
        {
            // What only one layer reads depends on it; a weight with several readers waits for none: those that are integers have their own copies.
            ChainItem[] weights = [.. weightsOf[layer.Nodes[0]].Where(w => w.Nodes.Count == 1)];
            seen.UnionWith(weights);
            ChainItem[] early = [.. weights.Where(w => w.Price < layer.Price)];
            ChainItem[] together = [layer, .. early];
            moves.Add((together.Sum(i => i.Noise) is > 0 and var noise ? together.Sum(i => Math.Max(0, i.Cost)) / noise : double.PositiveInfinity, together));
            moves.AddRange(weights.Except(early).Select(w => (w.Price, (ChainItem[])[w])));
        }

        moves.AddRange(items.Where(i => i.IsWeight && !seen.Contains(i)).Select(w => (w.Price, (ChainItem[])[w])));
        _moves = [.. moves.OrderBy(m => m.Price).Select(m => m.Items)];
    }

    /// <summary>Steps, both ends included.</summary>
    public int Count => _moves.Length + 1;

    /// <summary>The items that are more exact at a step.</summary>
    public IEnumerable<ChainItem> Taken(int step) => _moves.Take(step).SelectMany(m => m);

    /// <summary>What a step leaves float32, and stores with more than 8 bits.</summary>
    public PrecisionMix Mix(int step) => new()
    {
        Computing = Nodes(step, areWeights: false).ToDictionary(n => n, _ => ComputesFloat, StringComparer.Ordinal),
        FineWeights = Nodes(step, areWeights: true).ToHashSet(StringComparer.Ordinal),
    };

    private IEnumerable<string> Nodes(int step, bool areWeights) => Taken(step).Where(i => i.IsWeight == areWeights).SelectMany(i => i.Nodes).Distinct();
}
