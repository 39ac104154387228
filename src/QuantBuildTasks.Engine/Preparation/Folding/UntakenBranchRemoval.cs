using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: an If whose condition is constant, and a Loop that never runs since its number of rounds is a constant below one or its first condition a
/// constant false (ONNX operator specification, If and Loop). The nodes of the branch that is taken stand in the place of the If; what a Loop would
/// have carried from round to round is what it starts with.
/// Declines: a branch with inputs or with sparse constants; a Loop that does not run and gives a list of what each round gave; a result that is
/// a graph output, needs an Identity to bear its name, and may be no tensor.
/// </summary>
internal sealed class UntakenBranchRemoval : NodePass
{
    /// <summary>Identity takes sequences from 14 on and optional values from 16 on.</summary>
    private const long IdentityOfAnything = 16;

    public override string Name => nameof(UntakenBranchRemoval);

    public override Fidelity Keeps => Fidelity.BitExact;

    /// <summary>Once more as long as something changes: a branch that moves up brings nodes with it, and what it gives may be another's condition.</summary>
    public override bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        bool changed = false;
        var last = new List<Decline>();
        while (base.Apply(model, last))
        {
            changed = true;
            last.Clear();
        }

        last.ForEach(declines.Add);
        return changed;
    }

    protected override Outcome Visit(Node node, OnnxModel model) => node switch
    {
        _ when node.Is("If") && Flag(node.Input(0)) is { } taken => TakeBranch(node, taken ? "then_branch" : "else_branch", model),
        _ when node.Is("Loop") && NeverRuns(node) => SkipLoop(node, model),
        _ => Outcome.NoMatch,
    };

    private static Outcome TakeBranch(Node node, string name, OnnxModel model)
    {
        if (node.Attribute(name)?.Value is not Graph branch)
        {
            return Outcome.NoMatch;
        }

        if (branch.Inputs.Count > 0 || branch.Values.Any(v => v.Producer is null && v.Initializer is null))
        {
            return Outcome.Decline("its branch has inputs or sparse constants");
        }

        if (!CanBeGiven(node, branch.Outputs, model))
        {
            return Outcome.Decline("a graph output may be no tensor");
        }

        // The names of the other branch are free then.
        foreach (NodeAttribute other in node.Attributes.Where(a => a.Name != name && a.Graphs.Any()).ToArray())
        {
            node.RemoveAttribute(other.Name);
        }

        Replace(node, node.Graph.Inline(node, branch));
        return Outcome.Rewritten;
    }

    private static Outcome SkipLoop(Node node, OnnxModel model)
    {
        Value?[] initial = [.. node.Inputs.Skip(2)];
        if (node.Outputs.Skip(initial.Length).Any(o => o is { IsGraphOutput: true } or { Uses.Count: > 0 }))
        {
            return Outcome.Decline("it never runs, but what its rounds give is read");
        }

        if (initial.Contains(null) || !CanBeGiven(node, initial!, model))
        {
            return Outcome.Decline("a graph output may be no tensor");
        }

        Replace(node, initial!);
        return Outcome.Rewritten;
    }

    private static bool CanBeGiven(Node node, IReadOnlyList<Value?> results, OnnxModel model) =>
        model.Opset >= IdentityOfAnything
        || node.Outputs.Zip(results).All(p => p.First is not { IsGraphOutput: true } output || output.Type != ElementType.Undefined || p.Second!.Type != ElementType.Undefined);

    /// <summary>Gives the results to the readers of the node's outputs; a graph output stays the value that it is.</summary>
    private static void Replace(Node node, IReadOnlyList<Value> results)
    {
        Graph graph = node.Graph;
        int index = graph.IndexOf(node);
        Value?[] outputs = [.. node.Outputs];
        graph.Remove(node);
        foreach ((Value? output, Value result) in outputs.Zip(results))
        {
            if (output is { IsGraphOutput: true })
            {
                graph.Insert(index++, "Identity", "", "", [result], [output]);
            }
            else
            {
                output?.ReplaceUsesBy(result);
            }
        }

        foreach (Value output in outputs.OfType<Value>().Where(o => o is { IsGraphOutput: false, Producer: null }))
        {
            graph.Remove(output);
        }
    }

    /// <summary>Without either input, or with an empty name for it, a Loop goes on for ever.</summary>
    private static bool NeverRuns(Node loop) =>
        Flag(loop.Input(1)) == false || loop.Input(0)?.Constant is { Type: ElementType.Int64, Length: 1 } rounds && rounds.Span<long>()[0] <= 0;

    private static bool? Flag(Value? value) => value?.Constant is { Type: ElementType.Bool, Length: 1 } flag ? flag.Bytes.Span[0] != 0 : null;
}
