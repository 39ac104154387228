using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>The nodes that compute with a constant, and whether all of them add it as a bias; else it is a weight.</summary>
internal sealed record WeightUse(IReadOnlyList<Node> Nodes, bool IsBias);

/// <summary>
/// Who computes with a constant: directly, or behind operators that only lay it out anew before it is used (exporters of recurrent networks cut the
/// gates apart and join them in another order). Readers in branches and bodies count like any other.
/// </summary>
internal static class WeightReaders
{
    /// <summary>Inputs that hold weights, by operator. Constants of other operators may be coordinates or masks, whose exact numbers matter.</summary>
    private static readonly Dictionary<string, int[]> WeightInputs = new(StringComparer.Ordinal)
    {
        ["Conv"] = [1],
        ["ConvTranspose"] = [1],
        ["DeformConv"] = [1],
        ["FusedConv"] = [1],
        ["Gemm"] = [0, 1],
        ["FusedGemm"] = [0, 1],
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

    private static readonly Dictionary<string, int> BiasInput = new(StringComparer.Ordinal)
    {
        ["Conv"] = 2,
        ["ConvTranspose"] = 2,
        ["FusedConv"] = 2,
        ["Gemm"] = 2,
        ["FusedGemm"] = 2,
        ["LSTM"] = 3,
        ["GRU"] = 3,
        ["RNN"] = 3,
    };

    /// <summary>Operators whose results are numbers of their first input, in another place.</summary>
    private static readonly HashSet<string> Movers = ["Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten", "Slice", "Split"];

    /// <summary>Operators that ask for sizes alone.</summary>
    private static readonly HashSet<string> FormReaders = ["Shape", "Size"];

    /// <summary>The nodes that compute with the constant.</summary>
    /// <returns>Null where anything else needs its numbers: an operator for which it is neither weight nor bias, or the caller of a graph.</returns>
    public static WeightUse? Of(Value constant)
    {
        var uses = new List<Use>();
        if (!Collect(constant, uses))
        {
            return null;
        }

        bool isBias = uses.TrueForAll(IsBias);
        return isBias || uses.TrueForAll(IsWeight) ? new WeightUse([.. uses.Select(u => u.Node).Distinct()], isBias) : null;
    }

    private static bool Collect(Value value, List<Use> readers) => !value.IsGraphOutput && value.Uses.All(use => Collect(use, readers));

    private static bool Collect(Use use, List<Use> readers)
    {
        if (FormReaders.Contains(use.Node.OpType))
        {
            return true;
        }

        if (IsMover(use))
        {
            return use.Node.Outputs.OfType<Value>().All(o => Collect(o, readers));
        }

        readers.Add(use);
        return IsWeight(use) || IsBias(use);
    }

    private static bool IsWeight(Use use) => WeightInputs.TryGetValue(use.Node.OpType, out int[]? inputs) && inputs.Contains(use.Index);

    private static bool IsBias(Use use) => BiasInput.TryGetValue(use.Node.OpType, out int input) && input == use.Index;

    private static bool IsMover(Use use) =>
        Movers.Contains(use.Node.OpType) ? use.Index == 0
        : use.Node.Is("Concat") && use.Node.Inputs.All(i => i is not null && IsFixed(i));

    /// <summary>Whether a value depends on nothing that a caller gives.</summary>
    private static bool IsFixed(Value value) =>
        value.Constant is not null
        || (value.Producer is { } producer && (Movers.Contains(producer.OpType) || producer.Is("Concat")) && producer.Inputs.All(i => i is null || IsFixed(i)));
}
