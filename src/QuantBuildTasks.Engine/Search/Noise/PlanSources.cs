using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Search.Noise;

/// <summary>What a plan rounds: its noise sources.</summary>
internal static class PlanSources
{
    /// <summary>
    /// The tensors between layers, for all that read them and for layers alone. One that a mover only hands on has no noise of its own: it is rounded already, to the same scale.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="graph">The main graph that it was made for.</param>
    public static IEnumerable<TensorSource> Activations(QuantizationPlan plan, Graph graph)
    {
        var scopes = new Scopes(graph);
        HashSet<string> integer = [.. plan.Nodes.Where(n => n.Precision != NodePrecision.Float32).Select(n => n.Node)];
        HashSet<string> movers = [.. plan.Nodes.Where(n => n.Precision == NodePrecision.FollowsInput && n.OpType is not ("Relu" or "Clip")).Select(n => n.Node)];
        Dictionary<string, ActivationFormat> formats = plan.Activations.ToDictionary(a => a.Value, StringComparer.Ordinal);
        foreach (ActivationFormat format in plan.Activations)
        {
            Value value = scopes.Find(format.Value)!;
            if (value.Producer is { } mover && movers.Contains(mover.DisplayName) && HandsOn(mover, format))
            {
                continue;
            }

            // Whoever reads it, the model's caller too, reads what an integer kernel gives.
            bool isGiven = value.Producer is { } producer && integer.Contains(producer.DisplayName);
            Node[] readers = [.. value.Uses.Select(u => u.Node).Distinct().Where(n => integer.Contains(n.DisplayName))];
            Node[] alone = [.. readers.Where(OperatorTable.Multiplies)];
            bool layersAlone = alone.Length == (isGiven ? value.Uses.Select(u => u.Node).Distinct().Count() : readers.Length) && !(isGiven && value.IsGraphOutput);
            var forAll = new ActivationSource(format, isGiven ? null : Names(readers));
            yield return new TensorSource(format.Value, forAll, layersAlone ? forAll : alone.Length == 0 ? null : new ActivationSource(format, Names(alone)));
        }

        static HashSet<string> Names(Node[] nodes) => [.. nodes.Select(n => n.DisplayName)];

        bool HandsOn(Node mover, ActivationFormat output) => mover.Inputs.OfType<Value>()
            .Where(v => formats.ContainsKey(v.Name))
            .All(v => formats[v.Name] is var input && input.Scale == output.Scale && input.ZeroPoint == output.ZeroPoint);
    }

    /// <summary>The weights of integer nodes, one source for each.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rounded">The model with its weights rounded for the plan's formats and still float32.</param>
    /// <param name="original">The main graph before that.</param>
    public static IEnumerable<WeightSource> Weights(QuantizationPlan plan, OnnxModel rounded, Graph original)
    {
        Dictionary<string, Node> nodes = new Scopes(rounded.Graph).Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        Dictionary<string, Node> before = new Scopes(original).Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        foreach (WeightFormat format in plan.Weights)
        {
            Node node = nodes[format.Node];
            Tensor weight = LinearQuantizer.Dequantize(LinearQuantizer.Quantize(node.Input(format.Input)!.Constant!, format), format);
            Tensor? bias = format.Axis is not null && (node.Is("Conv") || node.Is("Gemm")) ? node.Input(2)?.Constant : null;
            bool moved = bias is not null && before[format.Node].Input(2)?.Constant is { } old && !old.Bytes.Span.SequenceEqual(bias.Bytes.Span);
            yield return new WeightSource(format.Node, format.Input, weight, moved ? bias : null);
        }
    }

    /// <summary>The weights that are stored as int8, one source for each.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rounded">The model with its weights rounded for the plan's formats and still float32.</param>
    public static IEnumerable<StoredSource> Stored(QuantizationPlan plan, OnnxModel rounded)
    {
        Graph[] scopes = [.. rounded.Graph.SelfAndSubgraphs()];
        foreach (StoredFormat format in plan.Stored.Where(s => s.Type == ElementType.Int8))
        {
            Value weight = scopes[format.Scope].Find(format.Value)!;
            Node? layer = weight.Uses is [{ Index: 1, Node: var node }] && node.Graph == rounded.Graph && (node.Is("Conv") || node.Is("Gemm")) ? node : null;
            yield return new StoredSource(format, weight.Initializer!, layer?.DisplayName, layer?.Input(2)?.Constant);
        }
    }
}
