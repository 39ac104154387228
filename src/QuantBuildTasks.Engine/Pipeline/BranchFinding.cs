using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>Tells that branches stay float32 since no calibration sample took them, and what decides about them.</summary>
internal static class BranchFinding
{
    /// <summary>QBT2003, a message; null where every branch was taken.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="graph">The main graph that it was made for.</param>
    /// <param name="profile">For which profile.</param>
    public static Diagnostic? Of(QuantizationPlan plan, Graph graph, HardwareProfile profile)
    {
        string[] names = [.. plan.Nodes.Where(n => n.Reason?.StartsWith(Subgraph.Untaken, StringComparison.Ordinal) == true).Select(n => n.Node)];
        if (names.Length == 0)
        {
            return null;
        }

        var scopes = new Scopes(graph);
        HashSet<string> untaken = [.. names];
        IEnumerable<Node> choices = scopes.Nodes.Where(n => untaken.Contains(n.DisplayName)).Select(n => scopes.Owner(n.Graph)!).Where(n => !untaken.Contains(n.DisplayName)).Distinct();
        string[] inputs = [.. choices.SelectMany(DecidedBy).Distinct().Order(StringComparer.Ordinal)];
        string cure = inputs.Length > 0
            ? $"or, where the app always gives the same {string.Join(", ", inputs.Select(i => $"'{i}'"))}, fix it with PinnedInputs=\"{inputs[0]}=…\"."
            : "or leave it out of the model, where the app never takes it.";
        string nodes = names.Length == 1 ? "its only node stays" : $"its {names.Length} nodes stay";
        return Diagnostic.Message(Codes.BranchNotTaken, $"No calibration sample takes the branch of '{names[0]}': {nodes} float32. Add samples that take it, {cure}") with { Profile = profile.Name };
    }

    /// <summary>The inputs of the model from which a condition is computed.</summary>
    private static IEnumerable<string> DecidedBy(Node choice)
    {
        var seen = new HashSet<Value>();
        var open = new Stack<Value>(choice.Inputs.OfType<Value>());
        while (open.TryPop(out Value? value))
        {
            if (!seen.Add(value))
            {
                continue;
            }

            if (value.IsGraphInput && value.Graph.Parent is null)
            {
                yield return value.Name;
            }

            foreach (Value input in value.Producer?.Inputs.OfType<Value>() ?? [])
            {
                open.Push(input);
            }
        }
    }
}
