using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>
/// The cheapest way to let some of the nodes that could run as integers do so, as a minimum cut (Greig, Porteous, Seheult 1989: labels of two kinds whose
/// pairs cost something where they differ): each node costs its time in the one or in the other form, each value a conversion where its producer and a reader differ, once for all readers.
/// </summary>
internal sealed class Labelling
{
    private readonly PlacementCosts _costs;
    private readonly MinimumCut _cut = new();
    private readonly Dictionary<Node, int> _vertices = [];

    private Labelling(PlacementCosts costs) => _costs = costs;

    /// <summary>Chooses.</summary>
    /// <param name="nodes">All nodes, in their order.</param>
    /// <param name="placement">Which of them could be integers, and how they would read and give their values.</param>
    /// <param name="costs">What they cost.</param>
    /// <returns>The nodes among those that could be integers that are better left float32, in their order.</returns>
    public static IReadOnlyList<Node> BetterFloat(IReadOnlyList<Node> nodes, Placement placement, PlacementCosts costs)
    {
        var labelling = new Labelling(costs);
        foreach (Node node in nodes.Where(placement.Integer.Contains))
        {
            labelling._vertices.Add(node, labelling._cut.AddVertex());
        }

        foreach (Node node in nodes)
        {
            labelling.AddNode(node, placement);
        }

        foreach (Value value in nodes.SelectMany(n => n.Inputs).OfType<Value>().Where(v => v.Constant is null).Distinct())
        {
            labelling.AddValue(value, placement);
        }

        foreach (Value value in nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.Uses.Count == 0))
        {
            labelling.AddValue(value, placement);
        }

        bool[] isInteger = labelling._cut.Solve().OnSourceSide;
        return [.. nodes.Where(n => labelling._vertices.TryGetValue(n, out int vertex) && !isInteger[vertex])];
    }

    private void AddNode(Node node, Placement placement)
    {
        // Where a follower disappears into a float32 convolution, it costs something only beside an integer one.
        Node? host = placement.IsFolded(node) ? null : FloatFusion.Into(node);
        while (host is not null && FloatFusion.Into(host) is { } further)
        {
            host = further;
        }

        double alone = _costs.Float32(node);
        if (host is not null && _vertices.TryGetValue(host, out int convolution))
        {
            _cut.AddEdge(convolution, _vertices.GetValueOrDefault(node, MinimumCut.Sink), Whole(alone));
        }

        if (_vertices.TryGetValue(node, out int vertex))
        {
            _cut.AddEdge(MinimumCut.Source, vertex, Whole((host is null ? alone + FoldedClamp(node, placement) : 0) + (_costs.Noise?.OfFloat32(node) ?? 0)));
            _cut.AddEdge(vertex, MinimumCut.Sink, Whole(_costs.Int8(node) + (_costs.Noise?.OfInteger(node) ?? 0)));
            if (_costs.BehindFloat(node) is > 0 and var more)
            {
                int giver = PlanWork.Giver(node, placement.IsFolded) is { } before ? _vertices.GetValueOrDefault(before, MinimumCut.Sink) : MinimumCut.Sink;
                _cut.AddEdge(vertex, giver, Whole(more));
            }
        }
    }

    /// <summary>What the clamp behind a node costs where the node is float32 and does not take it in.</summary>
    private double FoldedClamp(Node node, Placement placement) =>
        node.Outputs is [{ Uses: [{ Node: var clamp }] }] && placement.IsFolded(clamp) && FloatFusion.Into(clamp) is null ? _costs.Float32(clamp) : 0;

    private void AddValue(Value value, Placement placement)
    {
        if (value.Producer is { } clamp && placement.IsFolded(clamp))
        {
            // The node before the clamp gives this value.
            AddValue(value, clamp.Input(0)!.Producer, placement);
        }
        else if (value.Uses is not [{ Node: var only }] || !placement.IsFolded(only))
        {
            AddValue(value, value.Producer, placement);
        }
    }

    private void AddValue(Value value, Node? producer, Placement placement)
    {
        int giver = producer is null ? MinimumCut.Sink : _vertices.GetValueOrDefault(producer, MinimumCut.Sink);
        int[] integerReaders = [.. value.Uses.Where(placement.ReadsInteger).Select(u => _vertices[u.Node]).Distinct()];
        AddNoise(value, producer, placement);
        if (integerReaders.Length > 0)
        {
            int quantized = _cut.AddVertex();
            _cut.AddEdge(quantized, giver, Whole(_costs.Quantize(value)));
            foreach (int reader in integerReaders)
            {
                _cut.AddEdge(reader, quantized, MinimumCut.Never);
            }
        }

        if (giver == MinimumCut.Sink || (placement.Role(producer!).CanLeaveFloat && !FloatFusion.TakesIn(producer!)))
        {
            return;
        }

        int dequantized = _cut.AddVertex();
        _cut.AddEdge(giver, dequantized, Whole(_costs.Dequantize(value)));
        bool alwaysFloat = value.IsGraphOutput || value.Uses.Any(u => !placement.ReadsInteger(u));
        foreach (int reader in alwaysFloat ? [MinimumCut.Sink] : integerReaders)
        {
            _cut.AddEdge(dequantized, reader, MinimumCut.Never);
        }
    }

    /// <summary>
    /// A value costs accuracy once where it is in 8 bits: for all that reads it where an integer kernel gives it or something other than a layer reads it so, as a sum hands on what it reads; else for the layers alone.
    /// </summary>
    private void AddNoise(Value value, Node? producer, Placement placement)
    {
        if (_costs.Noise is not { } noise || Math.Max(noise.OfValue(value, forAll: true), noise.OfValue(value, forAll: false)) is not > 0)
        {
            return;
        }

        double least = Math.Min(noise.OfValue(value, forAll: false), noise.OfValue(value, forAll: true));
        (int forLayers, int forAll) = (_cut.AddVertex(), _cut.AddVertex());
        _cut.AddEdge(forLayers, MinimumCut.Sink, Whole(least));
        _cut.AddEdge(forAll, MinimumCut.Sink, Whole(noise.OfValue(value, forAll: true) - least));
        _cut.AddEdge(forAll, forLayers, MinimumCut.Never);
        foreach (Use use in value.Uses.Where(placement.ReadsInteger))
        {
            _cut.AddEdge(_vertices[use.Node], OperatorTable.Multiplies(use.Node) ? forLayers : forAll, MinimumCut.Never);
        }

        if (producer is not null && _vertices.TryGetValue(producer, out int giver) && (!placement.Role(producer).CanLeaveFloat || FloatFusion.TakesIn(producer)))
        {
            _cut.AddEdge(giver, forAll, MinimumCut.Never);
        }
    }

    private static long Whole(double nanoseconds) => (long)Math.Round(Math.Clamp(nanoseconds, 0, 1e15));
}
