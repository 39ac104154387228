using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>Which inputs and outputs of a node become float16 when the node does: its float32 ones, but those whose type the standard fixes.</summary>
internal static class Float16Ports
{
    /// <summary>Inputs that stay float32 whatever the node computes in.</summary>
    private static readonly Dictionary<string, int[]> FixedInputs = new(StringComparer.Ordinal)
    {
        // roi could be float16; with scales beside it that must not be, one precision for all coordinates is the safer form.
        ["Resize"] = [1, 2],
    };

    /// <summary>Outputs that stay float32: LayerNormalization gives mean and deviation in the type that it sums in.</summary>
    private static readonly Dictionary<string, int[]> FixedOutputs = new(StringComparer.Ordinal)
    {
        ["LayerNormalization"] = [1, 2],
    };

    /// <summary>Whether the node looks at the form of its input and never at its numbers: it reads float16 and float32 alike.</summary>
    public static bool ReadsFormAlone(Node node) => node.Is("Shape") || node.Is("Size");

    /// <summary>Positions of the inputs that are float32 and become float16 with the node.</summary>
    public static IEnumerable<int> Inputs(Node node) => ReadsFormAlone(node) ? [] : Positions(node, node.Inputs, FixedInputs);

    /// <summary>Positions of the outputs that are float32 and become float16 with the node.</summary>
    public static IEnumerable<int> Outputs(Node node) => Positions(node, node.Outputs, FixedOutputs);

    private static IEnumerable<int> Positions(Node node, IReadOnlyList<Value?> values, Dictionary<string, int[]> fixedOnes)
    {
        int[] skipped = node.Domain.Length == 0 && fixedOnes.TryGetValue(node.OpType, out int[]? known) ? known : [];
        return Enumerable.Range(0, values.Count).Where(i => values[i]?.Type == ElementType.Float32 && !skipped.Contains(i));
    }
}
