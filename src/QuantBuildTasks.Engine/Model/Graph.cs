namespace QuantBuildTasks.Engine.Model;

/// <summary>
/// A graph of nodes and values: the main graph of a model, or a branch or loop body. Nodes stand in an order in which they can run.
/// </summary>
internal sealed partial class Graph(string name)
{
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly List<Value> _inputs = [];
    private readonly List<Value> _outputs = [];
    private readonly List<Value> _initializers = [];
    private readonly List<Value> _sparseInitializers = [];
    private readonly List<Node> _nodes = [];
    private readonly HashSet<Graph> _children = [];

    public string Name { get; set; } = name;

    /// <summary>The graph around this one, whose values can be read here; null for the main graph.</summary>
    public Graph? Parent { get; internal set; }

    public IReadOnlyList<Value> Inputs => _inputs;

    public IReadOnlyList<Value> Outputs => _outputs;

    /// <summary>Values with stored data, in file order.</summary>
    public IReadOnlyList<Value> Initializers => _initializers;

    /// <summary>Values whose data are stored in sparse form, in file order.</summary>
    public IReadOnlyList<Value> SparseInitializers => _sparseInitializers;

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Every value of this graph (not those around it), in the order in which they were made.</summary>
    public IReadOnlyCollection<Value> Values => _values.Values;

    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    /// <summary>This graph and all below it, outermost first.</summary>
    public IEnumerable<Graph> SelfAndSubgraphs() => _nodes.SelectMany(n => n.Subgraphs).SelectMany(g => g.SelfAndSubgraphs()).Prepend(this);

    /// <summary>The value of that name here or in a graph around this one.</summary>
    public Value? Find(string valueName)
    {
        for (Graph? graph = this; graph is not null; graph = graph.Parent)
        {
            if (graph._values.TryGetValue(valueName, out Value? value))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>A new value named <paramref name="hint"/>, or with a number behind it where the name is taken here, around or below.</summary>
    public Value AddValue(string hint, ElementType type = ElementType.Undefined, Shape? shape = null)
    {
        Value value = AddExactly(UniqueName(hint));
        (value.Type, value.Shape) = (type, shape);
        return value;
    }

    public Value AddInput(string hint, ElementType type, Shape? shape)
    {
        Value value = AddValue(hint, type, shape);
        AddInput(value);
        return value;
    }

    public Value AddInitializer(string hint, Tensor tensor)
    {
        Value value = AddValue(hint);
        SetInitializer(value, tensor);
        return value;
    }

    /// <summary>Gives <paramref name="value"/> stored data, or other data than it had.</summary>
    public void SetInitializer(Value value, Tensor tensor)
    {
        if (value.Initializer is null)
        {
            _initializers.Add(value);
        }

        _sparseInitializers.Remove(value);
        value.SparseInitializer = null;
        value.Initializer = tensor;
        value.Type = tensor.Type;
        value.Shape = Shape.Of(tensor.Dims);
    }

    /// <summary>Gives <paramref name="value"/> data that are stored in sparse form, in place of what it had.</summary>
    public void SetSparseInitializer(Value value, SparseTensor tensor)
    {
        if (value.SparseInitializer is null)
        {
            _sparseInitializers.Add(value);
        }

        _initializers.Remove(value);
        value.Initializer = null;
        value.SparseInitializer = tensor;
        value.Type = tensor.Type;
        value.Shape = Shape.Of(tensor.Dims);
    }

    public void AddOutput(Value value)
    {
        value.OutputCount++;
        _outputs.Add(value);
    }

    /// <summary>Takes a value out of the inputs; one with an initializer is a constant from then on.</summary>
    public void RemoveInput(Value value)
    {
        value.IsGraphInput = false;
        _inputs.Remove(value);
    }

    /// <summary>Appends a node of ONNX itself with one new output, and returns that output.</summary>
    public Value Append(string opType, string outputHint, IEnumerable<Value?> inputs, params NodeAttribute[] attributes) =>
        Insert(_nodes.Count, opType, "", outputHint, inputs, [AddValue(outputHint)], attributes).Output();

    /// <summary>Inserts a node before <paramref name="index"/>.</summary>
    public Node Insert(int index, string opType, string domain, string nodeName, IEnumerable<Value?> inputs, IEnumerable<Value?> outputs, params NodeAttribute[] attributes) =>
        Insert(index, new FunctionId(domain, opType, ""), nodeName, inputs, outputs, attributes);

    /// <summary>Inserts a node that may call one of several functions of the same name.</summary>
    public Node Insert(int index, FunctionId called, string nodeName, IEnumerable<Value?> inputs, IEnumerable<Value?> outputs, params NodeAttribute[] attributes)
    {
        var node = new Node(this, called, nodeName);
        int position = 0;
        foreach (Value? input in inputs)
        {
            node.SetInput(position++, input);
        }

        foreach (Value? output in outputs)
        {
            node.AddOutput(output);
        }

        foreach (NodeAttribute attribute in attributes)
        {
            node.SetAttribute(attribute);
        }

        _nodes.Insert(index, node);
        return node;
    }

    /// <summary>The place of a node in the order; O(number of nodes).</summary>
    public int IndexOf(Node node) => _nodes.IndexOf(node);

    /// <summary>Takes a node out. Its outputs stay as values without producer until they are removed or produced anew.</summary>
    public void Remove(Node node)
    {
        _nodes.Remove(node);
        node.Detach();
    }

    /// <summary>
    /// Takes out a node whose only output equals <paramref name="replacement"/>; what read the output reads that value instead. Where the
    /// output is a graph output, its name passes to the replacement.
    /// </summary>
    /// <returns>False, with nothing changed, where the name cannot pass on: the replacement is an input, stored, another output, or of a graph around.</returns>
    public bool TryBypass(Node node, Value replacement)
    {
        Value output = node.Output();
        if (!output.IsGraphOutput)
        {
            output.ReplaceUsesBy(replacement);
            Remove(node);
            Remove(output);
            return true;
        }

        if (replacement.Producer is not { } producer || replacement.Graph != this || replacement.IsGraphOutput)
        {
            return false;
        }

        int index = producer.Outputs.ToList().IndexOf(replacement);
        Remove(node);
        producer.SetOutput(index, output);
        replacement.ReplaceUsesBy(output);
        Remove(replacement);
        return true;
    }

    /// <summary>Forgets a value that nothing produces or reads.</summary>
    /// <exception cref="InvalidOperationException">Something still needs it.</exception>
    public void Remove(Value value)
    {
        if (value.Uses.Count > 0 || value.Producer is not null || value.IsGraphOutput || value.IsGraphInput)
        {
            throw new InvalidOperationException($"'{value.Name}' is still in use.");
        }

        _initializers.Remove(value);
        _sparseInitializers.Remove(value);
        _values.Remove(value.Name);
    }

    /// <summary>Renames a value, which keeps all its readers.</summary>
    public void Rename(Value value, string newName)
    {
        if (value.Name == newName)
        {
            return;
        }

        _values.Remove(value.Name);
        value.Name = UniqueName(newName);
        _values.Add(value.Name, value);
    }

    /// <summary>Brings the nodes into an order in which each comes after what it reads; nodes that are free keep their order.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public void Sort()
    {
        List<Node> sorted = TopologicalOrder.Of(_nodes);
        _nodes.Clear();
        _nodes.AddRange(sorted);
    }

    /// <summary>A new value of just this name, which may hide one of a graph around (some exporters write such files).</summary>
    internal Value AddExactly(string name)
    {
        var value = new Value(this, name);
        _values.Add(name, value);
        return value;
    }

    internal void AddInput(Value value)
    {
        value.IsGraphInput = true;
        _inputs.Add(value);
    }

    internal void Adopt(Graph child)
    {
        child.Parent = this;
        _children.Add(child);
    }

    /// <summary>A subgraph leaves: what it read from outside loses those readers.</summary>
    internal void Disown(Graph child)
    {
        _children.Remove(child);
        foreach (Value output in child.Outputs)
        {
            output.OutputCount--;
        }

        foreach (Node node in child.Nodes)
        {
            node.Detach();
        }
    }

    /// <param name="hint">The name that is wished for.</param>
    /// <param name="leaving">A body whose names are about to become this graph's, and are not yet all here; null: none.</param>
    private string UniqueName(string hint, Graph? leaving = null)
    {
        return IsTakenHere(hint) ? Numbered(hint, IsTakenHere) : hint;

        bool IsTakenHere(string candidate) => IsTaken(candidate) || (leaving is not null && (leaving._values.ContainsKey(candidate) || leaving.TakenBelow(candidate)));
    }

    /// <summary>The name with the first number behind it that is free.</summary>
    private static string Numbered(string name, Predicate<string> isTaken)
    {
        for (int i = 1; ; i++)
        {
            string candidate = $"{name}_{i}";
            if (!isTaken(candidate))
            {
                return candidate;
            }
        }
    }

    /// <summary>A new name must neither hide a value of a graph around this one nor be hidden by one of a graph below.</summary>
    private bool IsTaken(string valueName) => valueName.Length == 0 || Find(valueName) is not null || TakenBelow(valueName);

    private bool TakenBelow(string valueName) => _children.Any(c => c._values.ContainsKey(valueName) || c.TakenBelow(valueName));
}
