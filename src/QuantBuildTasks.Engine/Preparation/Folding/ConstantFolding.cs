using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: nodes whose inputs are all constant (<see cref="FoldableOperators"/>). ONNX Runtime computes them, all in one session without
/// optimizations; the results that other nodes read become initializers.
/// Declines: operators whose last bits depend on the processor; results that would make the file grow by more than 64 KiB, since what they come from
/// is needed elsewhere or was smaller; what ONNX Runtime cannot compute.
/// </summary>
internal sealed class ConstantFolding(IInference inference) : IPass
{
    /// <summary>Nothing larger is computed only to see whether it pays, unless it replaces as much.</summary>
    private const long LargeResult = 1 << 20;

    private const long MostGrowth = 64 << 10;

    public string Name => nameof(ConstantFolding);

    public Fidelity Keeps => Fidelity.KernelOrder;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        bool changed = false;
        foreach (Graph graph in model.Graph.SelfAndSubgraphs().ToArray())
        {
            List<Node> nodes = Foldable(graph, declines);

            // All results at once would be in memory together: those of a large model are moved out one by one.
            IEnumerable<List<Node>> portions = model.Weights is null ? [nodes] : FoldGroup.Split(nodes).Select(g => g.Nodes.ToList()).ToArray();
            foreach (List<Node> portion in portions)
            {
                changed |= Fold(model, portion, declines);
            }
        }

        return changed;
    }

    /// <summary>The nodes that can be computed from constants alone, in graph order.</summary>
    private List<Node> Foldable(Graph graph, ICollection<Decline> declines)
    {
        var nodes = new List<Node>();
        var sizes = new Dictionary<Value, FoldedSize>();
        foreach (Node node in graph.Nodes)
        {
            if (node.Subgraphs.Any() || !node.Inputs.All(i => i is null || i.Constant is not null || sizes.ContainsKey(i)))
            {
                continue;
            }

            FoldedSize?[] inputs = [.. node.Inputs.Select(i => i is null ? null : sizes.TryGetValue(i, out FoldedSize? size) ? size : FoldedSize.Of(i.Constant!))];
            if (ResultOf(node, inputs) is not { } result)
            {
                continue;
            }

            // What this node alone reads goes away with it.
            long freed = node.Inputs.Index().Sum(i => i.Item is { IsGraphOutput: false } v && v.Uses.All(u => u.Node == node) ? inputs[i.Index]!.Bytes : 0);
            if (result.Bytes > LargeResult && result.Bytes > freed)
            {
                declines.Add(new Decline(Name, node.DisplayName, $"its result may take {result.Bytes} bytes, more than it replaces"));
                continue;
            }

            nodes.Add(node);
            foreach (Value output in node.Outputs.OfType<Value>())
            {
                sizes.Add(output, result);
            }
        }

        return nodes;
    }

    private static FoldedSize? ResultOf(Node node, IReadOnlyList<FoldedSize?> inputs)
    {
        try
        {
            return FoldableOperators.Result(node, inputs);
        }
        catch (OverflowException)
        {
            // More elements than a long counts: whatever it is, it is not folded.
            return null;
        }
    }

    /// <summary>Folds all nodes in one go; where ONNX Runtime refuses, one half after the other, down to the nodes that it refuses.</summary>
    private bool Fold(OnnxModel model, List<Node> nodes, ICollection<Decline> declines)
    {
        // After half of the nodes has failed, some of the other half may lack their inputs.
        var computed = new HashSet<Value>();
        nodes.RemoveAll(n => !n.Inputs.All(i => i is null || i.Constant is not null || computed.Contains(i)) || !n.Outputs.All(o => o is null || computed.Add(o)));
        if (nodes.Count == 0)
        {
            return false;
        }

        Dictionary<Value, Tensor> results;
        try
        {
            results = Compute(model, nodes);
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            if (nodes.Count == 1)
            {
                declines.Add(new Decline(Name, nodes[0].DisplayName, e.Diagnostic.Text));
                return false;
            }

            int half = nodes.Count / 2;
            return Fold(model, nodes[..half], declines) | Fold(model, nodes[half..], declines);
        }

        bool changed = false;
        foreach (FoldGroup group in FoldGroup.Split(nodes))
        {
            long growth = group.Results.Sum(r => (long)results[r].Bytes.Length) - group.FreedBytes;
            if (growth > MostGrowth)
            {
                declines.Add(new Decline(Name, group.Nodes[^1].DisplayName, $"the file would grow by {growth} bytes"));
                continue;
            }

            group.Replace(results);
            changed = true;
        }

        return changed;
    }

    /// <summary>All values that the nodes give and others read.</summary>
    private Dictionary<Value, Tensor> Compute(OnnxModel model, List<Node> nodes)
    {
        Value[] results = [.. FoldGroup.Split(nodes).SelectMany(g => g.Results)];
        var graph = new Graph("constants");
        var copies = new Dictionary<Value, Value>();
        foreach (Node node in nodes)
        {
            foreach (Value input in node.Inputs.OfType<Value>().Where(i => !copies.ContainsKey(i)))
            {
                copies.Add(input, graph.AddInitializer(input.Name, input.Constant!));
            }

            foreach (Value output in node.Outputs.OfType<Value>())
            {
                copies.Add(output, graph.AddValue(output.Name));
            }

            graph.Insert(
                graph.Nodes.Count,
                node.OpType,
                node.Domain,
                node.Name,
                node.Inputs.Select(i => i is null ? null : copies[i]),
                node.Outputs.Select(o => o is null ? null : copies[o]),
                [.. node.Attributes]);
        }

        foreach (Value result in results)
        {
            graph.AddOutput(copies[result]);
        }

        // Before IR version 4, initializers had to be inputs as well.
        var constants = new OnnxModel(graph) { IrVersion = Math.Max(4, model.IrVersion), Weights = model.Weights };
        constants.Opsets[""] = model.Opset;
        using IInferenceSession session = inference.Open(ModelWriter.Store(constants), new SessionSettings { Optimization = GraphOptimization.None });
        return results.Zip(session.Run(new Dictionary<string, Tensor>()), (value, result) => (value, model.Weights?.KeepIfLarge(result) ?? result)).ToDictionary();
    }
}
