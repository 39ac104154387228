using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>What holds of nodes in branches and bodies alone: calibration must see their numbers, and it sees only what the node around them can hand out.</summary>
internal static class Subgraph
{
    public const string Untaken = "its branch was not taken by any calibration sample";

    /// <summary>Why a node must stay float32 for the place where it stands, or null.</summary>
    public static string? Reason(Node node, Scopes scopes)
    {
        if (node.Subgraphs.Any())
        {
            return "it chooses or repeats; what it holds is decided node by node";
        }

        bool repeats = false;
        bool chooses = false;
        foreach (Node owner in scopes.Around(node.Graph))
        {
            if (!owner.Is("If") && !owner.Is("Loop") && !owner.Is("Scan"))
            {
                return $"calibration does not see what is computed inside {owner.OpType}";
            }

            repeats |= !owner.Is("If");
            chooses |= owner.Is("If");
            if (chooses && !owner.Is("If"))
            {
                // A turn that takes another branch would give nothing to stack up.
                return $"it lies in a branch inside the body of a {owner.OpType}, which calibration does not see";
            }
        }

        return repeats && !OperatorTable.FindsRanges(node) && node.Inputs.Concat(node.Outputs).FirstOrDefault(v => v is { Type: ElementType.Float32 } && IsRepeated(v, scopes) && !KeepsItsSizes(v, scopes)) is { } value
            ? $"the sizes of '{value.Name}' can change from turn to turn, so calibration does not see it"
            : null;
    }

    /// <summary>The branches of which one of the given values was never computed, and what is inside of them.</summary>
    public static HashSet<Graph> NeverTaken(Scopes scopes, IEnumerable<Value> unseen)
    {
        HashSet<Graph> never = [.. unseen.Select(v => v.Graph)];
        foreach (Graph graph in scopes.All.Where(g => g.Parent is { } parent && never.Contains(parent)))
        {
            never.Add(graph);
        }

        return never;
    }

    private static bool IsRepeated(Value value, Scopes scopes) => value.Constant is null && scopes.Around(value.Graph).Any(o => !o.Is("If"));

    /// <summary>A named size is one of the model's inputs, which no turn changes. What a body says of the values that a Loop carries is not believed.</summary>
    private static bool KeepsItsSizes(Value value, Scopes scopes) =>
        !(value.IsGraphInput && scopes.Owner(value.Graph)!.Is("Loop")) && value.Shape is { } shape && shape.All(d => d.Value is not null || d.Symbol is not null);
}
