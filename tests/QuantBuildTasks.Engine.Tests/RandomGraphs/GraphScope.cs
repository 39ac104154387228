using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>A float32 value of a random graph with the sizes that it has when it runs.</summary>
internal sealed record Held(string Name, long[] Dims)
{
    public int Rank => Dims.Length;

    public long Count => Dims.Aggregate(1L, (a, d) => a * d);
}

/// <summary>The graph, branch or body that steps add to, and what they can read there.</summary>
internal sealed class GraphScope
{
    /// <summary>Values stay small: thousands of graphs are run.</summary>
    private const long MostElements = 2000;

    private readonly GraphScope? _around;
    private readonly List<Held> _values = [];
    private readonly List<Held> _constants = [];
    private readonly Counter _names;

    public GraphScope(ModelBuilder builder, int opset)
        : this(builder, opset, null, new Counter())
    {
    }

    private GraphScope(ModelBuilder builder, int opset, GraphScope? around, Counter names) => (Builder, Opset, _around, _names) = (builder, opset, around, names);

    public ModelBuilder Builder { get; }

    public int Opset { get; }

    /// <summary>Whether this is a body of a Scan, or lies in one: ONNX Runtime must know the sizes there, and infers none for what a Loop gives.</summary>
    public bool IsInScan { get; private init; }

    /// <summary>What this scope computed, in order.</summary>
    public IReadOnlyList<Held> Own => _values;

    private IEnumerable<Held> Visible => (_around?.Visible ?? []).Concat(_values);

    private IEnumerable<Held> VisibleConstants => (_around?.VisibleConstants ?? []).Concat(_constants);

    /// <summary>The scope of a branch or body of this one.</summary>
    public GraphScope Inside(ModelBuilder body, bool isScan = false) => new(body, Opset, this, _names) { IsInScan = IsInScan || isScan };

    /// <summary>The value that a step reads, or null where none suits.</summary>
    public Held? Pick(int choice, Func<Held, bool> suits)
    {
        Held[] candidates = [.. Visible.Where(suits)];
        return candidates.Length == 0 ? null : candidates[^(1 + (choice % candidates.Length))];
    }

    public string NewName(string prefix = "v") => $"{prefix}{_names.Next++}";

    /// <summary>A float32 initializer; an even <paramref name="choice"/> shares one of the same sizes, of a graph around too.</summary>
    public string Constant(int choice, params long[] dims)
    {
        Held[] same = [.. VisibleConstants.Where(c => c.Dims.SequenceEqual(dims))];
        if (choice % 2 == 0 && same.Length > 0)
        {
            return same[choice % same.Length].Name;
        }

        var made = new Held(NewName("w"), dims);
        Builder.Weight(made.Name, dims);
        _constants.Add(made);
        return made.Name;
    }

    /// <summary>A float32 initializer of numbers in 0.5…1.5.</summary>
    public string Positive(params long[] dims)
    {
        string name = NewName("p");
        Builder.PositiveWeight(name, dims);
        return name;
    }

    /// <summary>An initializer of other numbers: sizes, axes, limits.</summary>
    public string Given(Tensor tensor)
    {
        string name = NewName("c");
        Builder.Constant(name, tensor);
        return name;
    }

    /// <summary>An int64 vector.</summary>
    public string Ints(params long[] values) => Given(Tensor.Vector(values));

    /// <summary>Adds a node with one output of the given sizes, unless that would be large.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="inputs">Names, separated by spaces.</param>
    /// <param name="dims">Sizes of the output.</param>
    /// <param name="attributes">As <see cref="ModelBuilder"/> takes them.</param>
    public void Add(string opType, string inputs, long[] dims, params (string Name, object Value)[] attributes)
    {
        var made = new Held(NewName(), dims);
        if (made.Count is > 0 and <= MostElements)
        {
            Builder.Node(opType, $"{inputs} -> {made.Name}", attributes);
            _values.Add(made);
        }
    }

    /// <summary>A value that the builder has already: an input, or an output of a node of several.</summary>
    public void Add(Held value) => _values.Add(value);

    /// <summary>The name of a node's output that later steps do not pick.</summary>
    public string Between(string opType, string inputs, params (string Name, object Value)[] attributes)
    {
        string name = NewName("t");
        Builder.Node(opType, $"{inputs} -> {name}", attributes);
        return name;
    }

    /// <summary>Adds the steps one after the other.</summary>
    public void Run(IEnumerable<Step> steps)
    {
        foreach (Step step in steps)
        {
            Steps.All[step.Kind].Build(this, step);
        }
    }

    private sealed class Counter
    {
        public int Next { get; set; }
    }
}
