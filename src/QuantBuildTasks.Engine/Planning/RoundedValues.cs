using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>The values that a plan rounds to 8 bits by a format of their own, and who reads the rounded numbers.</summary>
internal sealed class RoundedValues
{
    // Null where all read them.
    private readonly Dictionary<string, HashSet<string>?> _readers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    private RoundedValues()
    {
    }

    /// <summary>By name, in the order of the plan; without those whose range follows from their operator, and those that a mover takes from others with their format.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Reads them off a plan.</summary>
    /// <param name="plan">For the graph.</param>
    /// <param name="graph">The main graph, with the type of every value known.</param>
    public static RoundedValues Of(QuantizationPlan plan, Graph graph)
    {
        var scopes = new Scopes(graph);
        var precisions = plan.Nodes.ToDictionary(n => n.Node, n => n.Precision, StringComparer.Ordinal);
        var rounded = new RoundedValues();
        foreach (Value value in plan.Activations.Select(a => scopes.Find(a.Value)!).Where(v => KnownRange.Of(v) is null))
        {
            NodePrecision from = value.Producer is { } producer ? precisions[producer.DisplayName] : NodePrecision.Float32;
            if (from != NodePrecision.FollowsInput || IsClamped(value))
            {
                // What an integer node gives is there in 8 bits alone; what a float one gives is rounded for integer readers only.
                rounded._names.Add(value.Name);
                rounded._readers.Add(value.Name, from is NodePrecision.Integer or NodePrecision.FollowsInput
                    ? null
                    : [.. value.Uses.Select(u => u.Node.DisplayName).Where(n => precisions[n] is NodePrecision.Integer or NodePrecision.FollowsInput)]);
            }
        }

        return rounded;
    }

    /// <summary>Whether a value is the result of a clamp: its range is its own even where integers flow through.</summary>
    public static bool IsClamped(Value value) => value.Producer is { } producer && ClampOperators.IsClamp(producer);

    /// <summary>Whether a node that reads the value reads the rounded one.</summary>
    public bool IsReadBy(string value, string node) => _readers[value]?.Contains(node) ?? true;

    /// <summary>Text that is the same where the same nodes read the rounded value.</summary>
    public string Key(string value) => _readers[value] is { } readers ? string.Join(' ', readers.Order(StringComparer.Ordinal)) : "*";
}
