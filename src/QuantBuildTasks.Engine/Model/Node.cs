using System.Text;

namespace QuantBuildTasks.Engine.Model;

/// <summary>One operator call. Inputs and outputs are changed through methods, so that producers and uses stay true.</summary>
internal sealed class Node
{
    private readonly List<Value?> _inputs = [];
    private readonly List<Value?> _outputs = [];
    private readonly List<NodeAttribute> _attributes = [];
    private bool _removed;

    internal Node(Graph graph, FunctionId called, string name)
    {
        Graph = graph;
        OpType = called.Name;
        Domain = called.Domain;
        Overload = called.Overload;
        Name = name;
    }

    public Graph Graph { get; internal set; }

    /// <summary>Whether the node has left its graph; it has neither inputs nor outputs then.</summary>
    public bool IsRemoved => _removed;

    public string OpType { get; }

    /// <summary>Empty for the operators of ONNX itself.</summary>
    public string Domain { get; }

    /// <summary>Which of several functions of the same name in the model is called; empty for operators.</summary>
    public string Overload { get; }

    /// <summary>The function of the model that this node calls, where there is one of that name.</summary>
    public FunctionId Called => new(Domain, OpType, Overload);

    /// <summary>May be empty: ONNX does not demand names. Use <see cref="DisplayName"/> to speak of the node.</summary>
    public string Name { get; set; }

    /// <summary>Inputs by position; null where an optional input is left out.</summary>
    public IReadOnlyList<Value?> Inputs => _inputs;

    /// <summary>Outputs by position; null where an optional output is left out, at the end too: Split, If, Loop and Scan count them.</summary>
    public IReadOnlyList<Value?> Outputs => _outputs;

    /// <summary>Whether the node gives anything besides its first output.</summary>
    public bool HasFurtherOutputs => _outputs.Skip(1).Any(o => o is not null);

    public IReadOnlyList<NodeAttribute> Attributes => _attributes;

    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    /// <summary>The name, or operator and first output where there is none.</summary>
    public string DisplayName => Name.Length > 0 ? Name : $"{OpType}({Outputs.FirstOrDefault(o => o is not null)?.Name})";

    /// <summary>Graphs in the attributes (branches, loop bodies).</summary>
    public IEnumerable<Graph> Subgraphs => _attributes.SelectMany(a => a.Graphs);

    /// <summary>Whether this is operator <paramref name="opType"/> of ONNX itself.</summary>
    public bool Is(string opType) => Domain.Length == 0 && OpType == opType;

    public Value? Input(int index) => index < _inputs.Count ? _inputs[index] : null;

    /// <summary>The output at <paramref name="index"/>.</summary>
    /// <exception cref="InvalidOperationException">The node has no such output.</exception>
    public Value Output(int index = 0) =>
        (index < _outputs.Count ? _outputs[index] : null) ?? throw new InvalidOperationException($"{DisplayName} has no output {index}.");

    /// <summary>Puts <paramref name="value"/> at <paramref name="index"/>; missing positions in between are left out.</summary>
    public void SetInput(int index, Value? value)
    {
        while (_inputs.Count <= index)
        {
            _inputs.Add(null);
        }

        _inputs[index]?.RemoveUse(this, index);
        _inputs[index] = value;
        value?.AddUse(this, index);
        while (_inputs.Count > 0 && _inputs[^1] is null)
        {
            _inputs.RemoveAt(_inputs.Count - 1);
        }
    }

    /// <summary>
    /// Makes this node the producer of <paramref name="value"/>, in place of the one that it had; what this node produced there before has
    /// no producer any more. Null at the end makes the list shorter.
    /// </summary>
    public void SetOutput(int index, Value? value)
    {
        if (value?.Producer is { } before)
        {
            before._outputs[before._outputs.IndexOf(value)] = null;
        }

        while (_outputs.Count <= index)
        {
            _outputs.Add(null);
        }

        if (_outputs[index] is { } old)
        {
            old.Producer = null;
        }

        _outputs[index] = value;
        if (value is not null)
        {
            value.Producer = this;
        }
        else if (index == _outputs.Count - 1)
        {
            while (_outputs.Count > 0 && _outputs[^1] is null)
            {
                _outputs.RemoveAt(_outputs.Count - 1);
            }
        }
    }

    /// <summary>
    /// Takes <paramref name="follower"/>, the only reader of this node's only output, out of the graph and gives the follower's output
    /// itself from now on: the operation of the follower has moved into this node.
    /// </summary>
    public void TakeOverOutputOf(Node follower)
    {
        Value between = Output();
        Value output = follower.Output();
        follower.Graph.Remove(follower);
        SetOutput(0, output);
        Graph.Remove(between);
    }

    /// <summary>
    /// Lets this input read stored data: in place where this node alone reads the constant that is there, else through a new initializer
    /// named after it (or <paramref name="hint"/> where there is none).
    /// </summary>
    public void SetConstant(int index, Tensor tensor, string hint)
    {
        Value? old = Input(index);
        if (old?.Constant is not null && old.Uses.Count == 1 && !old.IsGraphOutput)
        {
            old.Graph.SetInitializer(old, tensor);
        }
        else
        {
            SetInput(index, Graph.AddInitializer(old?.Name ?? hint, tensor));
        }
    }

    public NodeAttribute? Attribute(string name) => _attributes.Find(a => a.Name == name);

    public long IntAttribute(string name, long missing) => Attribute(name)?.Value as long? ?? missing;

    public float FloatAttribute(string name, float missing) => Attribute(name)?.Value as float? ?? missing;

    public long[]? IntsAttribute(string name) => Attribute(name)?.Value as long[];

    public string StringAttribute(string name, string missing) =>
        Attribute(name)?.Value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : missing;

    /// <summary>Sets or replaces an attribute; a replaced one keeps its place.</summary>
    public void SetAttribute(NodeAttribute attribute)
    {
        int index = _attributes.FindIndex(a => a.Name == attribute.Name);
        if (index < 0)
        {
            _attributes.Add(attribute);
        }
        else
        {
            LetGo(_attributes[index], attribute);
            _attributes[index] = attribute;
        }

        foreach (Graph graph in attribute.Graphs)
        {
            Graph.Adopt(graph);
        }
    }

    public void RemoveAttribute(string name)
    {
        if (Attribute(name) is { } attribute)
        {
            LetGo(attribute, null);
            _attributes.Remove(attribute);
        }
    }

    public override string ToString() => $"{OpType} {DisplayName}";

    /// <summary>Appends an output, or the place of one that is left out, which stays though it is the last.</summary>
    internal void AddOutput(Value? value)
    {
        _outputs.Add(null);
        if (value is not null)
        {
            SetOutput(_outputs.Count - 1, value);
        }
    }

    /// <summary>Adds an attribute whose name the caller knows to be new: a file may hold very many.</summary>
    internal void AddAttribute(NodeAttribute attribute)
    {
        _attributes.Add(attribute);
        foreach (Graph graph in attribute.Graphs)
        {
            Graph.Adopt(graph);
        }
    }

    /// <summary>Lets go of all inputs and outputs; called when the node leaves its graph.</summary>
    internal void Detach()
    {
        for (int i = 0; i < _inputs.Count; i++)
        {
            _inputs[i]?.RemoveUse(this, i);
        }

        foreach (Value? output in _outputs)
        {
            if (output?.Producer == this)
            {
                output.Producer = null;
            }
        }

        foreach (Graph graph in Subgraphs)
        {
            Graph.Disown(graph);
        }

        _inputs.Clear();
        _outputs.Clear();
        _removed = true;
    }

    /// <summary>Subgraphs of <paramref name="attribute"/> that are not in <paramref name="successor"/> too read nothing from outside any more.</summary>
    private void LetGo(NodeAttribute attribute, NodeAttribute? successor)
    {
        foreach (Graph graph in attribute.Graphs.Except(successor?.Graphs ?? []))
        {
            Graph.Disown(graph);
        }
    }
}
