using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>Weights that were rounded already, by layer: plans that differ elsewhere need not look at the data again.</summary>
internal sealed class RoundedWeights
{
    /// <summary>Formats kept of each layer: integer arithmetic's and the stored one's.</summary>
    private const int MostFormats = 2;

    private readonly Dictionary<string, List<Entry>> _byNode = new(StringComparer.Ordinal);

    /// <summary>The scales of the weights that a plan may round for what their layers read: those that one layer of the main graph alone has.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<float>> Scales(Graph graph, QuantizationPlan plan)
    {
        var scales = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);
        Dictionary<string, Node> nodes = graph.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        foreach (WeightFormat format in plan.Weights.Where(w => w.Input == 1 && nodes.TryGetValue(w.Node, out Node? node) && node.Input(1)!.Uses.Count == 1))
        {
            scales.Add(format.Node, format.Scales);
        }

        foreach (Planning.Stored.StoredFormat format in plan.Stored.Where(s => s is { Scope: 0, Type: ElementType.Int8 }))
        {
            // A layer in a branch or body may read it alone; what such layers read is not watched.
            if (graph.Find(format.Value) is { Uses: [{ Index: 1, Node: var node }] } && node.Graph == graph)
            {
                scales.TryAdd(node.DisplayName, format.Scales);
            }
        }

        return scales;
    }

    /// <summary>Whether the weight of a layer was rounded to these scales; then it is set.</summary>
    public bool TrySet(Node node, IReadOnlyList<float> scales)
    {
        if (!_byNode.TryGetValue(node.DisplayName, out List<Entry>? entries) || entries.Find(e => e.Scales.SequenceEqual(scales)) is not { } known)
        {
            return false;
        }

        node.SetConstant(1, known.Weight, "weight");
        if (known.Bias is not null)
        {
            node.SetConstant(2, known.Bias, "bias");
        }

        return true;
    }

    /// <summary>Remembers what a layer's weight and bias became.</summary>
    /// <param name="node">The layer, rounded.</param>
    /// <param name="scales">Of its weight.</param>
    /// <param name="hasNewBias">Whether rounding changed the bias: one that other layers read too must stay theirs.</param>
    public void Add(Node node, IReadOnlyList<float> scales, bool hasNewBias)
    {
        if (!_byNode.TryGetValue(node.DisplayName, out List<Entry>? entries))
        {
            _byNode.Add(node.DisplayName, entries = []);
        }

        if (entries.Count == MostFormats)
        {
            entries.RemoveAt(0);
        }

        entries.Add(new Entry(scales, node.Input(1)!.Constant!, hasNewBias ? node.Input(2)!.Constant : null));
    }

    private sealed record Entry(IReadOnlyList<float> Scales, Tensor Weight, Tensor? Bias);
}
