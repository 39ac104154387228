using System.Collections.Concurrent;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>What nodes and conversions of a model cost, as float32 and as integers, in ns for one sample on one thread.</summary>
internal sealed class CostModel
{
    /// <summary>What an operator costs that the table does not know; it matters little, since it is float32 in every labelling.</summary>
    private const double UnknownElement = 1;

    private static readonly ConcurrentDictionary<(string Name, bool IsFar), CostTable> Tables = new();

    private readonly CostTable _table;
    private readonly CostTable _weighed;
    private readonly IReadOnlyList<double> _weights;
    private readonly ValueSizes _sizes;

    public CostModel(CostTable table, ValueSizes sizes)
        : this(table, table, table.EqualWeights, sizes)
    {
    }

    private CostModel(CostTable table, CostTable weighed, IReadOnlyList<double> weights, ValueSizes sizes) => (_table, _weighed, _weights, _sizes) = (table, weighed, weights, sizes);

    /// <summary>The model of a profile's table; of one without, an estimate by multiply-adds.</summary>
    /// <param name="profile">Where the model runs.</param>
    /// <param name="graph">Its main graph.</param>
    /// <param name="sizes">What is known of the sizes of its values.</param>
    public static CostModel Of(HardwareProfile profile, Graph graph, ValueSizes sizes) =>
        new(profile.Costs is { } name ? Tables.GetOrAdd((name, IsFar(graph)), Load) : CostTable.ByMultiplyAdds, sizes);

    /// <summary>
    /// The same with nodes and conversions weighed half way towards one of the processors of a mean. What whole models and plans cost stays the plain mean.
    /// </summary>
    /// <param name="part">The processor's place among the parts of the table.</param>
    public CostModel Leaning(int part)
    {
        double[] weights = [.. _weights.Select((w, i) => (w + (i == part ? 1 : 0)) / 2)];
        return new CostModel(_table, _table.Mean(weights), weights, _sizes);
    }

    /// <summary>Whether the costs of a node rest on measurements on the processor in question and on sizes that are known.</summary>
    public bool IsMeasured(Node node) => _table.IsMeasured && !node.Outputs.OfType<Value>().Any(_sizes.IsAssumed);

    /// <summary>The node as float32, standing alone.</summary>
    public double Float32(Node node) => Of(node, _weighed.Float32);

    /// <summary>The node as integers.</summary>
    public double Int8(Node node) => Of(node, _weighed.Int8);

    /// <summary>What an integer node costs more where what it reads comes from a float32 one.</summary>
    public double BehindFloat(Node node) => PlanWork.BehindFloat(node, _sizes) is { } item ? _weighed.Of(item) : 0;

    /// <summary>Float32 to integers.</summary>
    public double Quantize(Value value) => Of(value, _weighed.Quantize);

    /// <summary>Integers to float32.</summary>
    public double Dequantize(Value value) => Of(value, _weighed.Dequantize);

    /// <summary>The whole model as float32: ns for one sample, without what a session costs by itself.</summary>
    public double Float32(Graph graph) => PlanWork.Of(graph, _ => NodePrecision.Float32, _sizes).Sum(_table.Of);

    /// <summary>All that a plan does.</summary>
    public double Total(Graph graph, QuantizationPlan plan) => PlanWork.Of(graph, plan, _sizes).Sum(_table.Of);

    /// <summary>What part of a float32 model's time is saved where nodes run in given precisions: in the table, and in each of those that it is the mean of.</summary>
    public (double Mean, IReadOnlyList<double> Parts) Saved(Graph graph, Func<Node, NodePrecision> precisionOf)
    {
        IReadOnlyList<WorkItem> before = [.. PlanWork.Of(graph, _ => NodePrecision.Float32, _sizes)];
        IReadOnlyList<WorkItem> after = [.. PlanWork.Of(graph, precisionOf, _sizes)];
        return (Saved(_table), [.. _table.Parts.Select(Saved)]);

        double Saved(CostTable table) => 1 - (after.Sum(table.Of) / Math.Max(1, before.Sum(table.Of)));
    }

    private static bool IsFar(Graph graph) =>
        graph.SelfAndSubgraphs().SelectMany(g => g.Initializers).Where(i => i.Type == ElementType.Float32).Sum(i => i.Constant!.Length) * sizeof(float) > CostTable.NearBytes;

    private static CostTable Load((string Name, bool IsFar) key) => CostTable.Load(key.Name) is var table && key.IsFar ? table.WithFarWeights() : table;

    private double Of(Node node, IReadOnlyDictionary<KernelKind, KernelCost> costs) =>
        KernelWork.Of(node, _sizes) is { } work && costs.TryGetValue(work.Kind, out KernelCost? cost)
            ? cost.Of(work)
            : node.Outputs.OfType<Value>().Sum(_sizes.Elements) * UnknownElement;

    private double Of(Value value, ConversionCosts costs)
    {
        KernelCost cost = _sizes.IsImage(value) ? costs.Image : costs.Flat;
        return cost.Node + (cost.Output * _sizes.Elements(value));
    }
}
