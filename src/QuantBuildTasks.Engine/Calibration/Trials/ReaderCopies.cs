using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// What a value's readers make of other numbers than its own: copies of the nodes behind it, as far as the first that computes with weights or with other values,
/// and the activation behind that. Operators that move, pick or bend the numbers one by one are passed through: a Relu forgives what is negative, a Softmax what is
/// far below its greatest, a MaxPool all but the greatest, and so the error counts where it arrives.
/// </summary>
internal static class ReaderCopies
{
    private static readonly HashSet<string> Movers = new(StringComparer.Ordinal)
    {
        "Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "GatherElements", "Tile", "Expand",
        "DepthToSpace", "SpaceToDepth", "MaxPool", "ReduceMax", "ReduceMin", "Pad", "Resize", "Upsample", "Concat",
    };

    private static readonly HashSet<string> Activations = new(StringComparer.Ordinal)
    {
        "Relu", "Clip", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Swish", "Tanh", "Erf", "Gelu", "Mish",
        "Softplus", "Softsign", "Softmax", "LogSoftmax",
    };

    /// <summary>Copies the readers of <paramref name="value"/> so that they read <paramref name="other"/>.</summary>
    /// <param name="value">A value of a graph; only nodes of that graph are copied.</param>
    /// <param name="other">Of the same type and sizes.</param>
    /// <param name="nodes">The nodes of the graph as they were before any copy, in their order.</param>
    /// <returns>Where the ways end: results of the original and of the copy. The pair itself where nothing reads it that gives float32.</returns>
    public static IReadOnlyList<(Value Original, Value Copy)> Of(Value value, Value other, IReadOnlyList<Node> nodes)
    {
        // Values that copies read on, and those behind which only an activation is copied.
        var open = new Dictionary<Value, Value> { [value] = other };
        var closing = new Dictionary<Value, Value>();
        foreach (Node node in nodes)
        {
            if (!IsCopied(node, open, closing))
            {
                continue;
            }

            bool goesOn = node.Inputs.OfType<Value>().All(i => open.ContainsKey(i) || i.IsStored) && (Movers.Contains(node.OpType) || Activations.Contains(node.OpType));
            foreach ((Value original, Value copy) in Copy(node, v => open.GetValueOrDefault(v) ?? closing.GetValueOrDefault(v)))
            {
                (goesOn ? open : closing).Add(original, copy);
            }
        }

        (Value, Value)[] ends =
        [
            .. open.Where(o => o.Key != value && (o.Key.IsGraphOutput || o.Key.Uses.Count == 0)).Concat(closing.Where(c => !IsPassed(c.Key, closing)))
                .Where(e => e.Key.Type == ElementType.Float32).Select(e => (e.Key, e.Value)),
        ];
        return ends.Length > 0 ? ends : [(value, other)];
    }

    private static bool IsCopied(Node node, Dictionary<Value, Value> open, Dictionary<Value, Value> closing)
    {
        if (node.Domain.Length > 0 || node.Subgraphs.Any())
        {
            return false;
        }

        return node.Inputs.OfType<Value>().Any(open.ContainsKey)
            || (Activations.Contains(node.OpType) && node.Input(0) is { IsGraphOutput: false, Uses.Count: 1 } input && closing.ContainsKey(input));
    }

    /// <summary>Whether the only reader of a result is an activation that was copied with it.</summary>
    private static bool IsPassed(Value value, Dictionary<Value, Value> closing) =>
        value is { IsGraphOutput: false, Uses: [{ Node: var reader }] } && Activations.Contains(reader.OpType) && reader.Outputs.OfType<Value>().All(closing.ContainsKey);

    private static IEnumerable<(Value Original, Value Copy)> Copy(Node node, Func<Value, Value?> copyOf)
    {
        Graph graph = node.Graph;
        List<(Value Original, Value Copy)> outputs = [.. node.Outputs.OfType<Value>().Select(o => (o, graph.AddValue(o.Name, o.Type, o.Shape)))];
        graph.Insert(
            graph.Nodes.Count,
            node.Called,
            "",
            node.Inputs.Select(i => i is null ? null : copyOf(i) ?? i),
            node.Outputs.Select(o => o is null ? null : outputs.First(p => p.Original == o).Copy),
            [.. node.Attributes]);
        return outputs;
    }
}
