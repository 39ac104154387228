namespace QuantBuildTasks.Engine.Model;

/// <summary>A place where a value is read: the node and the position among its inputs.</summary>
internal readonly record struct Use(Node Node, int Index);

/// <summary>An edge of the graph: a graph input, an initializer, or the output of a node.</summary>
internal sealed class Value
{
    private readonly List<Use> _uses = [];

    internal Value(Graph graph, string name)
    {
        Graph = graph;
        Name = name;
    }

    public Graph Graph { get; internal set; }

    /// <summary>Unique within the graph and those around it.</summary>
    public string Name { get; internal set; }

    /// <summary>Element type, or <see cref="ElementType.Undefined"/> where it is not known or the value is no dense tensor (see <see cref="OtherType"/>).</summary>
    public ElementType Type { get; set; }

    /// <summary>What the value is where it is declared as something else than a dense tensor; means nothing once <see cref="Type"/> is known.</summary>
    public OnnxType? OtherType { get; set; }

    /// <summary>All that is known of the type; null where that is nothing.</summary>
    public OnnxType? DeclaredType => Type == ElementType.Undefined ? OtherType : new TensorType(Type, Shape);

    /// <summary>Sizes, or null where not even the rank is known.</summary>
    public Shape? Shape { get; set; }

    /// <summary>The node that computes this value; null for graph inputs and initializers.</summary>
    public Node? Producer { get; internal set; }

    /// <summary>The initializer, where the value is one. A graph input may have one too: its default, which a caller can replace.</summary>
    public Tensor? Initializer { get; internal set; }

    /// <summary>
    /// The initializer where it is stored in sparse form. Nodes read a dense tensor of <see cref="SparseTensor.Dims"/>; passes see a value that is defined,
    /// and whose content they do not know.
    /// </summary>
    public SparseTensor? SparseInitializer { get; internal set; }

    /// <summary>Whether the file holds the value's content, in one form or the other.</summary>
    public bool IsStored => Initializer is not null || SparseInitializer is not null;

    public bool IsGraphInput { get; internal set; }

    /// <summary>Whether a graph gives this value to its caller.</summary>
    public bool IsGraphOutput => OutputCount > 0;

    /// <summary>Whether anything reads it beside the one node that is asked about: a second reader, or a graph's caller.</summary>
    public bool HasOtherReaders => Uses.Count > 1 || IsGraphOutput;

    /// <summary>The initializer where nothing can replace it, else null.</summary>
    public Tensor? Constant => IsGraphInput ? null : Initializer;

    /// <summary>Every input that reads this value, those in subgraphs included.</summary>
    public IReadOnlyList<Use> Uses => _uses;

    /// <summary>What the file notes of how this tensor may be quantized.</summary>
    public QuantizationAnnotation? Annotation { get; set; }

    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    /// <summary>How many places in graph outputs hold this value.</summary>
    internal int OutputCount { get; set; }

    /// <summary>Lets every reader of this value read <paramref name="other"/>; graph outputs keep what they have.</summary>
    public void ReplaceUsesBy(Value other)
    {
        foreach (Use use in _uses.ToArray())
        {
            use.Node.SetInput(use.Index, other);
        }
    }

    public override string ToString() => Name;

    internal void AddUse(Node node, int index) => _uses.Add(new Use(node, index));

    internal void RemoveUse(Node node, int index) => _uses.Remove(new Use(node, index));
}
