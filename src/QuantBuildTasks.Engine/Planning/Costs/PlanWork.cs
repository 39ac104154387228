using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>What a session does for one sample under a plan, as far as tables know it: kernels, and conversions between float32 and integers.</summary>
internal static class PlanWork
{
    /// <summary>The work of a plan.</summary>
    /// <param name="graph">The main graph of the prepared model that the plan was made for.</param>
    /// <param name="plan">What runs as integers; null: nothing.</param>
    /// <param name="sizes">Sizes of its values.</param>
    public static IEnumerable<WorkItem> Of(Graph graph, QuantizationPlan? plan, ValueSizes sizes)
    {
        Dictionary<string, NodePrecision> precisions = plan?.Nodes.ToDictionary(n => n.Node, n => n.Precision, StringComparer.Ordinal) ?? [];
        return Of(graph, n => precisions.GetValueOrDefault(n.DisplayName, NodePrecision.Float32), sizes);
    }

    /// <summary>The work where nodes run in given precisions.</summary>
    /// <param name="graph">The main graph of the prepared model.</param>
    /// <param name="precisionOf">What a node runs in.</param>
    /// <param name="sizes">Sizes of its values.</param>
    public static IEnumerable<WorkItem> Of(Graph graph, Func<Node, NodePrecision> precisionOf, ValueSizes sizes)
    {
        Node[] nodes = [.. graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
        foreach (Node node in nodes)
        {
            NodePrecision precision = precisionOf(node);
            bool isFolded = precision == NodePrecision.FollowsInput && ClampOperators.IsClamp(node);
            bool isFused = precision == NodePrecision.Float32 && FloatFusion.Into(node) is { } host && precisionOf(host) == NodePrecision.Float32;
            if (!isFolded && !isFused && KernelWork.Of(node, sizes) is { } work)
            {
                yield return new WorkItem(precision is NodePrecision.Integer or NodePrecision.FollowsInput ? WorkForm.Int8 : WorkForm.Float32, work);
                if (precision != NodePrecision.Float32 && BehindFloat(node, sizes) is { } more && Giver(node, IsFolded) is var giver && (giver is null || !IsInteger(giver)))
                {
                    yield return more;
                }
            }
        }

        foreach (Value value in nodes.SelectMany(n => n.Inputs.Concat(n.Outputs)).OfType<Value>().Where(v => v is { Constant: null, Type: ElementType.Float32 }).Distinct())
        {
            bool isInteger = value.Producer is { } producer && IsInteger(producer);
            bool hasIntegerReader = value.Uses.Any(u => IsInteger(u.Node) && !IsFolded(u.Node));
            bool hasFloatReader = value.IsGraphOutput || value.Uses.Any(u => !IsInteger(u.Node));
            var elements = new KernelWork(default, 0, 0, sizes.Elements(value), 0);
            if (!isInteger && hasIntegerReader)
            {
                yield return new WorkItem(sizes.IsImage(value) ? WorkForm.QuantizeImage : WorkForm.QuantizeFlat, elements);
            }
            else if (isInteger && hasFloatReader && (FloatFusion.TakesIn(value.Producer!) || !(value.Producer!.Is("Gemm") || value.Producer.Is("MatMul"))))
            {
                yield return new WorkItem(sizes.IsImage(value) ? WorkForm.DequantizeImage : WorkForm.DequantizeFlat, elements);
            }
        }

        bool IsInteger(Node node) => precisionOf(node) is NodePrecision.Integer or NodePrecision.FollowsInput && !OperatorTable.FindsRanges(node);

        bool IsFolded(Node node) => precisionOf(node) == NodePrecision.FollowsInput && ClampOperators.IsClamp(node);
    }

    /// <summary>What a node costs more as integers where what it reads comes from a float32 one; null for most.</summary>
    public static WorkItem? BehindFloat(Node node, ValueSizes sizes) =>
        node.Is("MaxPool") && KernelWork.Of(node, sizes) is { } work ? new WorkItem(WorkForm.ChannelsFirstPool, work) : null;

    /// <summary>The node whose kernel gives what a node reads; null for an input of the model.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isFolded">Whether a clamp is done by the node before it.</param>
    public static Node? Giver(Node node, Func<Node, bool> isFolded)
    {
        Node? giver = node.Input(0)?.Producer;
        while (giver is not null && isFolded(giver))
        {
            giver = giver.Input(0)?.Producer;
        }

        return giver;
    }
}

/// <summary>One call of a kernel, or one conversion of a value.</summary>
/// <param name="Form">Which table counts.</param>
/// <param name="Work">How much; of a conversion, the elements alone.</param>
internal readonly record struct WorkItem(WorkForm Form, KernelWork Work);

internal enum WorkForm
{
    Float32,
    Int8,
    QuantizeImage,
    QuantizeFlat,
    DequantizeImage,
    DequantizeFlat,

    /// <summary>What a MaxPool of integers takes longer where channels stand first.</summary>
    ChannelsFirstPool,
}
