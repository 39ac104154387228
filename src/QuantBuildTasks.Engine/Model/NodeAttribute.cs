using System.Text;

namespace QuantBuildTasks.Engine.Model;

/// <summary>The kinds of attribute; the numbers are those of <c>AttributeProto.AttributeType</c>.</summary>
internal enum AttributeKind
{
    Undefined = 0,
    Float = 1,
    Int = 2,
    String = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Ints = 7,
    Strings = 8,
    Tensors = 9,
    Graphs = 10,
    SparseTensor = 11,
    SparseTensors = 12,
    TypeProto = 13,
    TypeProtos = 14,
}

/// <summary>A named attribute of a node.</summary>
/// <param name="Name">Unique within the node.</param>
/// <param name="Kind">Decides the type of <paramref name="Value"/>.</param>
/// <param name="Value">
/// float, long, byte[] (a string's bytes), <see cref="Model.Tensor"/>, <see cref="Model.Graph"/>, <see cref="Model.SparseTensor"/>, <see cref="OnnxType"/>, or an
/// array of one of these; null where <see cref="Reference"/> is set, or only the serializer knows the content (see <paramref name="Residue"/>).
/// </param>
/// <param name="Residue">What the reader did not interpret; only the serializer looks inside.</param>
internal sealed record NodeAttribute(string Name, AttributeKind Kind, object? Value, object? Residue = null)
{
    /// <summary>In the body of a function: the attribute of the call whose value is taken; else null.</summary>
    public string? Reference { get; init; }

    public static NodeAttribute Of(string name, long value) => new(name, AttributeKind.Int, value);

    public static NodeAttribute Of(string name, float value) => new(name, AttributeKind.Float, value);

    public static NodeAttribute Of(string name, string value) => new(name, AttributeKind.String, Encoding.UTF8.GetBytes(value));

    public static NodeAttribute Of(string name, params long[] values) => new(name, AttributeKind.Ints, values);

    public static NodeAttribute Of(string name, params float[] values) => new(name, AttributeKind.Floats, values);

    public static NodeAttribute Of(string name, Tensor value) => new(name, AttributeKind.Tensor, value);

    public static NodeAttribute Of(string name, Graph value) => new(name, AttributeKind.Graph, value);

    /// <summary>Subgraphs in this attribute.</summary>
    public IEnumerable<Graph> Graphs => Value switch
    {
        Graph one => [one],
        Graph[] many => many,
        _ => [],
    };
}
