using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Turns <see cref="AttributeProto"/> into <see cref="NodeAttribute"/>.</summary>
internal static class AttributeReader
{
    public static NodeAttribute Read(AttributeProto proto, Graph graph)
    {
        AttributeKind kind = proto.HasType ? (AttributeKind)proto.Type : Guess(proto);
        object? value = proto.HasRefAttrName ? null : ReadValue(proto, kind, graph);
        string name = proto.Name;
        if (value is not null)
        {
            proto.ClearF();
            proto.ClearI();
            proto.ClearS();
            proto.T = null;
            proto.G = null;
            proto.Floats.Clear();
            proto.Ints.Clear();
            proto.Strings.Clear();
            proto.Tensors.Clear();
            proto.Graphs.Clear();
        }

        return new NodeAttribute(name, kind, value, proto);
    }

    /// <summary>The first IR versions wrote no type: it follows from the field that is set.</summary>
    private static AttributeKind Guess(AttributeProto proto) => proto switch
    {
        { HasF: true } => AttributeKind.Float,
        { HasI: true } => AttributeKind.Int,
        { HasS: true } => AttributeKind.String,
        { T: not null } => AttributeKind.Tensor,
        { G: not null } => AttributeKind.Graph,
        { Floats.Count: > 0 } => AttributeKind.Floats,
        { Ints.Count: > 0 } => AttributeKind.Ints,
        { Strings.Count: > 0 } => AttributeKind.Strings,
        _ => AttributeKind.Undefined,
    };

    private static object? ReadValue(AttributeProto proto, AttributeKind kind, Graph graph) => kind switch
    {
        AttributeKind.Float => proto.F,
        AttributeKind.Int => proto.I,
        AttributeKind.String => proto.S.ToByteArray(),
        AttributeKind.Tensor => TensorReader.Read(proto.T ?? new TensorProto()),
        AttributeKind.Graph => GraphReader.Read(proto.G ?? throw new FormatException($"attribute '{proto.Name}' holds no graph."), graph),
        AttributeKind.Floats => proto.Floats.ToArray(),
        AttributeKind.Ints => proto.Ints.ToArray(),
        AttributeKind.Strings => proto.Strings.Select(s => s.ToByteArray()).ToArray(),
        AttributeKind.Tensors => proto.Tensors.Select(TensorReader.Read).ToArray(),
        AttributeKind.Graphs => proto.Graphs.Select(g => GraphReader.Read(g, graph)).ToArray(),
        _ => null,
    };
}
