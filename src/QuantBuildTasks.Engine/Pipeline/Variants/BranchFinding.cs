using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

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
        HashSet<string> reported = [.. names];
        Node[] untaken = [.. scopes.Nodes.Where(n => reported.Contains(n.DisplayName))];
        HashSet<Graph> never = Subgraph.NeverTaken(scopes, untaken.SelectMany(n => n.Outputs).OfType<Value>());
        Value[][] decisions = [.. untaken.Select(n => Choice(n, scopes, never)).OfType<Node>().Distinct().Select(c => DecidedBy(c, scopes).ToArray())];
        Value[] settling = [.. decisions.Where(d => d.Length == 1 && IsOneElement(d[0])).Select(d => d[0]).Distinct()];
        string cure = settling.Length == 1
            ? $"or, where the app always gives the same '{settling[0].Name}', fix it with PinnedInputs=\"{settling[0].Name}=…\"."
            : "or leave it out of the model, where the app never takes it.";
        string nodes = names.Length == 1 ? "its only node stays" : $"its {names.Length} nodes stay";
        return Diagnostic.Message(Codes.BranchNotTaken, $"No calibration sample takes the branch of '{names[0]}': {nodes} float32. Add samples that take it, {cure}") with { Profile = profile.Name };
    }

    /// <summary>The If that ran and went the other way: one inside of a branch that was not taken, or of which no branch was, decided nothing.</summary>
    private static Node? Choice(Node untaken, Scopes scopes, HashSet<Graph> never) =>
        scopes.Around(untaken.Graph).FirstOrDefault(o => o.Is("If") && !never.Contains(o.Graph) && !o.Subgraphs.All(never.Contains));

    /// <summary>What a user can write as a pin in a project: not audio or an image.</summary>
    private static bool IsOneElement(Value input) => input.Shape?.All(d => d.Value == 1) == true;

    /// <summary>The inputs of the model from which a condition is computed.</summary>
    private static IEnumerable<Value> DecidedBy(Node choice, Scopes scopes)
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
                yield return value;
            }

            // What goes into a body is what its node reads; what an If or Loop gives depends on all that is read inside.
            Node? source = value.IsGraphInput ? scopes.Owner(value.Graph) : value.Producer;
            Node[] sources = source is null ? [] : [source, .. source.Subgraphs.SelectMany(g => g.SelfAndSubgraphs()).SelectMany(g => g.Nodes)];
            foreach (Value input in sources.SelectMany(n => n.Inputs).OfType<Value>())
            {
                open.Push(input);
            }
        }
    }
}
