using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>Decides which float weights are stored as int8, whatever the operator that reads them: a result that is the same on every processor, at float speed.</summary>
internal static class StoredWeights
{
    /// <summary>Names and operators of the stored form cost about this many bytes; a smaller gain is none.</summary>
    private const int LeastGain = 256;

    /// <summary>Bytes of scales ÷ bytes of integers: most of outputs' scales, which nearly always serve best, and most of any other's.</summary>
    private const double MostOuterScales = 0.5;
    private const double MostScales = 1.0 / 16;

    /// <summary>Inputs that hold weights, by operator. Constants of other operators may be coordinates or masks, whose exact numbers matter.</summary>
    private static readonly Dictionary<string, int[]> WeightInputs = new(StringComparer.Ordinal)
    {
        ["Conv"] = [1],
        ["ConvTranspose"] = [1],
        ["DeformConv"] = [1],
        ["FusedConv"] = [1],
        ["Gemm"] = [0, 1],
        ["MatMul"] = [0, 1],
        ["FusedMatMul"] = [0, 1],
        ["Einsum"] = [0, 1, 2, 3],
        ["LSTM"] = [1, 2],
        ["GRU"] = [1, 2],
        ["RNN"] = [1, 2],
        ["Attention"] = [1],
        ["Gather"] = [0],
        ["EmbedLayerNormalization"] = [2, 3, 4],
    };

    /// <summary>Operators that only lay out a weight anew before it is used.</summary>
    private static readonly HashSet<string> Movers = ["Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten"];

    /// <summary>The formats of all weights for which it pays, in the order of the graphs and their initializers.</summary>
    /// <param name="graph">The main graph.</param>
    /// <param name="readsFloat">Whether a node computes with float weights; those that another part of the plan quantizes are left out.</param>
    /// <exception cref="QuantException">QBT1005: a weight is NaN or infinite.</exception>
    public static IReadOnlyList<StoredFormat> Of(Graph graph, Func<Node, bool> readsFloat) =>
    [
        .. graph.SelfAndSubgraphs().SelectMany((scope, index) => scope.Initializers
            .Where(value => IsWeight(value, readsFloat))
            .Select(value => Format(value, index))
            .OfType<StoredFormat>()),
    ];

    private static bool IsWeight(Value value, Func<Node, bool> readsFloat) =>
        value is { Constant: { Type: ElementType.Float32, Rank: >= 2 }, IsGraphOutput: false } && value.Uses.Any(u => IsWeightOf(u, readsFloat));

    private static bool IsWeightOf(Use use, Func<Node, bool> readsFloat) =>
        Movers.Contains(use.Node.OpType)
            ? use.Index == 0 && use.Node.Output().Uses.Any(u => IsWeightOf(u, readsFloat))
            : WeightInputs.TryGetValue(use.Node.OpType, out int[]? inputs) && inputs.Contains(use.Index) && readsFloat(use.Node);

    private static StoredFormat? Format(Value value, int scope)
    {
        Tensor weight = value.Constant!;
        (GroupAxes Axes, (float[] Scales, double Error) Found)? best = null;
        foreach (GroupAxes axes in Candidates(weight))
        {
            (float[] Scales, double Error) found = GroupScales.Of(weight, axes) ?? throw QuantException.Error(
                Codes.NotFinite,
                $"The weight '{value.Name}' holds NaN or infinity. Train or export the model again; it has no sound float32 result to compare with.");
            if (best is null || found.Error < best.Value.Found.Error)
            {
                best = (axes, found);
            }
        }

        return best is { } b && Gain(weight, b.Found.Scales.Length) >= LeastGain ? new StoredFormat(scope, value.Name, b.Axes, b.Found.Scales) : null;
    }

    /// <summary>Every axis by itself, and the two outermost together, as far as the scales stay small; where none do, one scale for all.</summary>
    private static GroupAxes[] Candidates(Tensor weight)
    {
        IEnumerable<GroupAxes> single = Enumerable.Range(0, weight.Rank).Select(axis => new GroupAxes(axis, axis));
        IEnumerable<GroupAxes> pair = weight.Rank > 2 ? [new GroupAxes(0, 1)] : [];
        GroupAxes[] small = [.. single.Concat(pair).Where(IsSmall)];
        return small.Length > 0 ? small : [new GroupAxes(0, -1)];

        bool IsSmall(GroupAxes axes) =>
            axes.Split(weight.Dims).Count is > 1 and var count && count * sizeof(float) <= weight.Length * (axes.Last == 0 ? MostOuterScales : MostScales);
    }

    private static long Gain(Tensor weight, int scales) => ((weight.Length - scales) * sizeof(float)) - weight.Length;
}
