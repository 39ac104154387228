using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// A copy of a model whose branches and bodies stand in the main graph, to be opened and never to be run: there ONNX Runtime says what it infers about
/// their values. What hands a result to the node around it stays behind as a shell of Identity nodes, so that the types of that node's outputs follow as
/// before. What a body is given becomes an input of the model, with the sizes that are known outside; what the file claims of them is not believed.
/// </summary>
internal sealed class FlatModel
{
    /// <summary>The body of a Loop gets these two before what it carries.</summary>
    private const int TurnAndCondition = 2;

    private readonly Graph _graph;
    private readonly Dictionary<Value, Value> _copies = [];

    private FlatModel(OnnxModel model)
    {
        _graph = new Graph(model.Graph.Name) { Residue = model.Graph.Residue };
        Model = new OnnxModel(_graph) { IrVersion = model.IrVersion, Residue = model.Residue, Weights = model.Weights };
        foreach ((string domain, long version) in model.Opsets)
        {
            Model.Opsets[domain] = version;
        }

        Model.Functions.AddRange(model.Functions);
        Copy(model.Graph, null);
        foreach (Value output in model.Graph.Outputs)
        {
            _graph.AddOutput(_copies[output]);
        }
    }

    public OnnxModel Model { get; }

    /// <summary>Every value of the original, and the one that stands for it here.</summary>
    public IReadOnlyDictionary<Value, Value> Copies => _copies;

    /// <summary>Stored data is shared with the original, which is not changed.</summary>
    public static FlatModel Of(OnnxModel model) => new(model);

    private void Copy(Graph source, Node? owner)
    {
        foreach (Value value in source.Values)
        {
            // Those of the main graph come first and so keep their names.
            _copies.Add(value, _graph.AddValue(value.Name));
        }

        foreach ((int index, Value input) in source.Inputs.Index())
        {
            Value copy = _copies[input];
            _graph.AddInput(copy);
            (copy.Type, copy.Shape, copy.Residue) = owner is null ? (input.Type, input.Shape, input.Residue) : (input.Type, Given(owner, index, input), TypeAlone(input));
        }

        foreach (Value stored in source.Initializers)
        {
            Value copy = _copies[stored];
            (ElementType type, Shape? shape) = (copy.Type, copy.Shape);
            _graph.SetInitializer(copy, stored.Initializer!);
            if (stored.IsGraphInput)
            {
                (copy.Type, copy.Shape) = (type, shape);
            }
        }

        foreach (Value stored in source.SparseInitializers)
        {
            _graph.SetSparseInitializer(_copies[stored], stored.SparseInitializer!);
        }

        foreach (Node node in source.Nodes)
        {
            foreach (Graph body in node.Subgraphs)
            {
                Copy(body, node);
            }

            Node copy = _graph.Insert(
                _graph.Nodes.Count,
                node.OpType,
                node.Domain,
                source.Parent is null ? node.Name : "",
                node.Inputs.Select(Of).ToArray(),
                node.Outputs.Select(Of).ToArray(),
                [.. node.Attributes.Select(WithShells)]);
            copy.Residue = node.Residue;
        }
    }

    /// <summary>The sizes of what a node gives to its body; null where they can change from one turn to the next.</summary>
    private static Shape? Given(Node owner, int index, Value input)
    {
        if (owner.Is("Loop"))
        {
            return index < TurnAndCondition && input.Shape is { Rank: 0 } ? input.Shape : null;
        }

        if (!owner.Is("Scan") || owner.Input(index)?.Shape is not { } around)
        {
            return null;
        }

        int states = owner.Inputs.Count - (int)owner.IntAttribute("num_scan_inputs", 0);
        if (index < states)
        {
            return around;
        }

        int axis = (int)(owner.IntsAttribute("scan_input_axes")?[index - states] ?? 0);
        return new Shape([.. around.Where((_, i) => i != (axis < 0 ? axis + around.Rank : axis))]);
    }

    private Value? Of(Value? value) => value is null ? null : _copies[value];

    private NodeAttribute WithShells(NodeAttribute attribute) => attribute.Value switch
    {
        Graph body => attribute with { Value = Shell(body) },
        Graph[] bodies => attribute with { Value = Array.ConvertAll(bodies, Shell) },
        _ => attribute,
    };

    private Graph Shell(Graph body)
    {
        var shell = new Graph(body.Name) { Parent = _graph };
        foreach (Value input in body.Inputs)
        {
            shell.AddInput(input.Name, input.Type, null).Residue = TypeAlone(input);
        }

        foreach (Value output in body.Outputs)
        {
            Value handed = shell.AddValue(output.Name, output.Type);
            handed.Residue = TypeAlone(output);
            shell.Insert(shell.Nodes.Count, "Identity", "", "", [_copies[output]], [handed]);
            shell.AddOutput(handed);
        }

        return shell;
    }

    /// <summary>What the file says of a sequence, map or optional, whose type nothing else holds.</summary>
    private static object? TypeAlone(Value value) => value.Type == ElementType.Undefined ? value.Residue : null;
}
