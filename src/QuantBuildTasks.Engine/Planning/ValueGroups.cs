using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>Values that belong together, such as those between which integers move unchanged, so that they share scale and zero point (union-find; Tarjan 1975).</summary>
internal sealed class ValueGroups
{
    private readonly Dictionary<Value, Value> _parents = [];

    public void Join(Value a, Value b)
    {
        (Value first, Value second) = (Root(a), Root(b));
        if (first != second)
        {
            _parents[second] = first;
        }
    }

    /// <summary>The value that stands for the group; a value that was never joined stands for itself.</summary>
    public Value Root(Value value)
    {
        while (_parents.TryGetValue(value, out Value? parent))
        {
            value = parent;
        }

        return value;
    }
}
