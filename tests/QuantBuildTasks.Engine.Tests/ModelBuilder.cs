using System.Text;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests;

/// <summary>
/// Builds models that read like the graph:
/// <code>
/// new ModelBuilder().Input("x", "N", 3, 8, 8).Weight("w", 4, 3, 3, 3).Node("Conv", "x w -> y", ("pads", Ints(1, 1, 1, 1))).Output("y").Build()
/// </code>
/// </summary>
internal sealed class ModelBuilder
{
    private readonly OnnxModel _model;
    private readonly Graph _graph;

    public ModelBuilder(long opset = 17)
    {
        _graph = new Graph("main");
        _model = new OnnxModel(_graph) { IrVersion = 8, ProducerName = "tests" };
        _model.Opsets[""] = opset;
    }

    private ModelBuilder(OnnxModel model, Graph subgraph) => (_model, _graph) = (model, subgraph);

    public Graph Graph => _graph;

    /// <summary>A float32 graph input; sizes are numbers or names.</summary>
    public ModelBuilder Input(string name, params Dimension[] dims) => Input(name, ElementType.Float32, dims);

    public ModelBuilder Input(string name, ElementType type, params Dimension[] dims)
    {
        _graph.AddInput(name, type, new Shape(dims));
        return this;
    }

    /// <summary>An initializer with the given content.</summary>
    public ModelBuilder Constant(string name, Tensor tensor)
    {
        _graph.AddInitializer(name, tensor);
        return this;
    }

    /// <summary>A float32 initializer of numbers in −1…1 that depend on its name and sizes alone.</summary>
    public ModelBuilder Weight(string name, params long[] dims) => Constant(name, Random(name, dims));

    /// <summary>As <see cref="Weight"/>, in 0.5…1.5: variances and divisors.</summary>
    public ModelBuilder PositiveWeight(string name, params long[] dims) =>
        Constant(name, Tensor.Of(Array.ConvertAll(Random(name, dims).Span<float>().ToArray(), v => 1f + (v / 2f)), dims));

    /// <summary>
    /// A node; <paramref name="edges"/> names its inputs and outputs, as in <c>x w b -> y</c>; <c>_</c> leaves an optional one out.
    /// Attribute values are int, long, float, string, long[], float[], <see cref="Tensor"/> or the result of <see cref="Body"/>.
    /// </summary>
    public ModelBuilder Node(string opType, string edges, params (string Name, object Value)[] attributes) =>
        Node("", opType, edges, attributes);

    /// <summary>A node of another operator set, which is declared in version 1.</summary>
    public ModelBuilder Node(string domain, string opType, string edges, (string Name, object Value)[] attributes)
    {
        string[] sides = edges.Split("->", StringSplitOptions.TrimEntries);
        if (domain.Length > 0)
        {
            _model.Opsets.TryAdd(domain, 1);
        }

        string[] outputs = Names(sides[1]);
        _graph.Insert(
            _graph.Nodes.Count,
            opType,
            domain,
            $"{opType}_{outputs.FirstOrDefault("none")}",
            Names(sides[0]).Select(n => n == "_" ? null : _graph.Find(n) ?? throw new ArgumentException($"'{n}' is not defined.", nameof(edges))).ToArray(),
            outputs.Select(n => n == "_" ? null : _graph.AddValue(n)).ToArray(),
            [.. attributes.Select(a => Attribute(a.Name, a.Value))]);
        return this;
    }

    public ModelBuilder Output(string name, ElementType type = ElementType.Float32)
    {
        Value value = _graph.Find(name) ?? throw new ArgumentException($"'{name}' is not defined.", nameof(name));
        if (value.Type == ElementType.Undefined)
        {
            value.Type = type;
        }

        _graph.AddOutput(value);
        return this;
    }

    /// <summary>
    /// A function in domain <c>local</c>; <paramref name="ports"/> names its formal inputs and outputs, as in <c>a b -> y</c>. Attributes without a default are
    /// the names in <paramref name="attributes"/> alone.
    /// </summary>
    public ModelBuilder Function(string name, string ports, Action<ModelBuilder> body, string attributes = "", long? opset = null, string overload = "", params NodeAttribute[] defaults)
    {
        string[] sides = ports.Split("->", StringSplitOptions.TrimEntries);
        var graph = new Graph(name);
        var builder = new ModelBuilder(_model, graph);
        foreach (string input in Names(sides[0]))
        {
            graph.AddInput(input, ElementType.Undefined, null);
        }

        body(builder);
        foreach (string output in Names(sides[1]))
        {
            graph.AddOutput(graph.Find(output)!);
        }

        var function = new LocalFunction(new FunctionId("local", name, overload), graph);
        Array.ForEach(Names(attributes), function.Attributes.Add);
        Array.ForEach(defaults, function.Defaults.Add);
        function.Opsets[""] = opset ?? _model.Opset;
        foreach (string domain in graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.Domain))
        {
            function.Opsets.TryAdd(domain, 1);
        }

        _model.Functions.Add(function);
        return this;
    }

    /// <summary>A node that calls a function of domain <c>local</c>.</summary>
    public ModelBuilder Call(string function, string edges, params (string Name, object Value)[] attributes) => Node("local", function, edges, attributes);

    /// <summary>In the body of a function: an attribute that takes the value of one that the call gives.</summary>
    public static NodeAttribute Reference(string name, AttributeKind kind) => new("", kind, null) { Reference = name };

    public ModelBuilder IrVersion(long version)
    {
        _model.IrVersion = version;
        return this;
    }

    public OnnxModel Build() => _model;

    /// <summary>The model after a way through its file format.</summary>
    public OnnxModel BuildAsFile() => ModelReader.Read(ModelWriter.Write(_model));

    /// <summary>A branch or loop body, which may read what is around it.</summary>
    public static Action<ModelBuilder> Body(Action<ModelBuilder> build) => build;

    public static long[] Ints(params long[] values) => values;

    public static float[] Floats(params float[] values) => values;

    /// <summary>Numbers in −1…1 that depend on the name and the sizes alone.</summary>
    public static Tensor Random(string name, params long[] dims)
    {
        // FNV-1a of the name seeds a linear congruential generator: string.GetHashCode differs from run to run.
        ulong state = Encoding.UTF8.GetBytes(name).Aggregate(14695981039346656037UL, (h, b) => (h ^ b) * 1099511628211UL);
        var values = new float[dims.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            values[i] = (((state >> 40) & 0xFFFF) / 32768f) - 1f;
        }

        return Tensor.Of(values, dims);
    }

    private static string[] Names(string side) => side.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private NodeAttribute Attribute(string name, object value) => value switch
    {
        int i => NodeAttribute.Of(name, (long)i),
        long i => NodeAttribute.Of(name, i),
        float f => NodeAttribute.Of(name, f),
        string s => NodeAttribute.Of(name, s),
        long[] ints => NodeAttribute.Of(name, ints),
        float[] floats => NodeAttribute.Of(name, floats),
        Tensor tensor => NodeAttribute.Of(name, tensor),
        NodeAttribute reference => reference with { Name = name },
        Action<ModelBuilder> body => NodeAttribute.Of(name, Subgraph(name, body)),
        _ => throw new ArgumentException($"No attribute holds a {value.GetType().Name}.", nameof(value)),
    };

    private Graph Subgraph(string name, Action<ModelBuilder> body)
    {
        var graph = new Graph(name) { Parent = _graph };
        body(new ModelBuilder(_model, graph));
        return graph;
    }
}
