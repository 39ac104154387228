using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>
/// The constants that the steps make, each once per graph: a model with fifty Unsqueeze nodes over the same axis gets one initializer, not fifty.
/// </summary>
internal sealed class UpgradeConstants
{
    private readonly Dictionary<(Graph Graph, string Content), Value> _made = [];

    /// <summary>An initializer of <paramref name="graph"/> with that content; a new one bears the name <paramref name="hint"/> or one like it.</summary>
    public Value Get(Graph graph, Tensor tensor, string hint)
    {
        string content = $"{tensor} {Convert.ToHexString(tensor.Bytes.Span)}";
        if (!_made.TryGetValue((graph, content), out Value? value))
        {
            value = graph.AddInitializer(hint, tensor);
            _made.Add((graph, content), value);
        }

        return value;
    }
}
