using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>What becomes of very low numbers behind a value: whether every way ends where they only lose, such as in a Softmax.</summary>
internal static class MaskReaders
{
    // Exporters write no more than a scale, a mask and a shape or two between scores and Softmax.
    private const int MostSteps = 8;

    private static readonly HashSet<string> Exponential = new(StringComparer.Ordinal) { "Softmax", "LogSoftmax", "Exp", "ReduceLogSumExp", "Sigmoid" };

    private static readonly HashSet<string> Comparing = new(StringComparer.Ordinal)
    {
        "MaxPool", "ReduceMax", "Max", "ArgMax", "TopK", "GlobalMaxPool", "Relu", "Clip", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "IsInf",
    };

    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal)
    {
        "Add", "Where", "Identity", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Slice", "Gather", "Concat", "Pad", "Cast", "Flatten", "Tile", "Split",
    };

    /// <summary>Whether −∞ in the value is a mark: all readers, through what passes it on, weigh it with 0 or pass it over.</summary>
    public static bool Know(Value value) => Ends(value, MostSteps) is { Count: > 0 } ends && ends.All(e => Exponential.Contains(e) || Comparing.Contains(e));

    /// <summary>How far below the others a mark must stay where it saturates.</summary>
    public static double Room(Value value) => Ends(value, MostSteps).Any(Exponential.Contains) ? StructuralOutliers.SoftmaxRoom : 0;

    /// <summary>The operators at the ends of all ways; an empty name where one leaves the graph or goes on too long.</summary>
    private static HashSet<string> Ends(Value value, int steps)
    {
        var ends = new HashSet<string>(StringComparer.Ordinal);
        if (value.IsGraphOutput || steps == 0)
        {
            ends.Add("");
        }

        foreach (Node node in value.Uses.Select(u => u.Node).Distinct().Where(_ => steps > 0))
        {
            if (node.Domain.Length == 0 && Passing.Contains(node.OpType))
            {
                ends.UnionWith(node.Outputs.OfType<Value>().SelectMany(o => Ends(o, steps - 1)));
            }
            else
            {
                ends.Add(node.Domain.Length == 0 ? node.OpType : "");
            }
        }

        return ends;
    }
}
