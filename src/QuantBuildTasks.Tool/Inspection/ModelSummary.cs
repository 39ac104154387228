using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Inspection;

/// <summary>What a model is made of; branches, loop bodies and what functions stand for count with the rest.</summary>
internal sealed record ModelSummary
{
    public required string Producer { get; init; }

    public required long IrVersion { get; init; }

    /// <summary>Version by domain; ONNX itself is <c>ai.onnx</c>.</summary>
    public required IReadOnlyList<(string Domain, long Version)> Opsets { get; init; }

    /// <summary>Inputs that a caller must give: those without a stored default.</summary>
    public required IReadOnlyList<Port> Inputs { get; init; }

    public required IReadOnlyList<Port> Outputs { get; init; }

    /// <summary>Most frequent first.</summary>
    public required IReadOnlyList<OperatorCount> Operators { get; init; }

    public required int Nodes { get; init; }

    /// <summary>Elements of stored tensors of a floating-point type.</summary>
    public required long Parameters { get; init; }

    /// <summary>Stored bytes by element type, most first.</summary>
    public required IReadOnlyList<(ElementType Type, long Bytes)> Bytes { get; init; }

    /// <summary>For each profile, how many nodes have an operator with an integer kernel there.</summary>
    public required IReadOnlyList<(string Profile, int Nodes)> IntegerOperators { get; init; }

    /// <param name="model">As the file has it: what it says of itself, and what it stores.</param>
    /// <param name="inlined">The same with the bodies of its functions in the place of their calls: its operators.</param>
    public static ModelSummary Of(OnnxModel model, OnnxModel inlined)
    {
        Graph[] graphs = [.. model.Functions.Select(f => f.Body).Prepend(model.Graph).SelectMany(g => g.SelfAndSubgraphs())];
        Tensor[] stored = [.. graphs.SelectMany(g => g.Initializers).Select(v => v.Initializer!).Concat(graphs.SelectMany(g => g.Nodes).SelectMany(ConstantsOf))];
        Node[] nodes = [.. inlined.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
        return new ModelSummary
        {
            Producer = string.Join(' ', new[] { model.ProducerName, model.ProducerVersion }.Where(p => p.Length > 0)),
            IrVersion = model.IrVersion,
            Opsets = [.. model.Opsets.Select(o => (o.Key.Length == 0 ? "ai.onnx" : o.Key, o.Value))],
            Inputs = [.. model.Graph.Inputs.Where(i => !i.IsStored).Select(Port.Of)],
            Outputs = [.. model.Graph.Outputs.Select(Port.Of)],
            Operators =
            [
                .. nodes.GroupBy(n => n.Domain.Length == 0 ? n.OpType : $"{n.Domain}.{n.OpType}")
                    .Select(g => new OperatorCount(g.Key, g.Count(), [.. BuiltInProfiles.All.Where(p => IsInteger(p, g.First())).Select(p => p.Name)]))
                    .OrderByDescending(o => o.Count).ThenBy(o => o.Name, StringComparer.Ordinal),
            ],
            Nodes = nodes.Length,
            Parameters = stored.Where(t => t.Type is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64).Sum(t => t.Length),
            Bytes = [.. stored.GroupBy(t => t.Type).Select(g => (g.Key, Bytes: g.Sum(t => (long)t.Bytes.Length))).OrderByDescending(b => b.Bytes)],
            IntegerOperators = [.. BuiltInProfiles.All.Where(p => p.Format == NumberFormat.Integer8).Select(p => (p.Name, nodes.Count(n => IsInteger(p, n))))],
        };
    }

    private static bool IsInteger(HardwareProfile profile, Node node) =>
        node.Domain.Length == 0 && profile.Format == NumberFormat.Integer8 && OperatorTable.Knows(node.OpType) && profile.Operators.Contains(node.OpType);

    private static IEnumerable<Tensor> ConstantsOf(Node node) => node.Is("Constant") ? node.Attributes.Select(a => a.Value).OfType<Tensor>() : [];
}

/// <summary>An input or output.</summary>
internal sealed record Port(string Name, string Type, string Shape)
{
    public static Port Of(Value value) => new(
        value.Name,
        value.Type == ElementType.Undefined ? "no tensor" : value.Type.ToString().ToLowerInvariant(),
        value.Shape?.ToString() ?? "?");
}

/// <param name="Name">With its domain where that is not ONNX.</param>
/// <param name="Count">Nodes.</param>
/// <param name="Profiles">Those that have an integer kernel for it.</param>
internal sealed record OperatorCount(string Name, int Count, IReadOnlyList<string> Profiles);
