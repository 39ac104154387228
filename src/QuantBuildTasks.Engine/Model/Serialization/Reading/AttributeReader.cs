using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="AttributeProto"/> into <see cref="NodeAttribute"/>.</summary>
internal static class AttributeReader
{
    public static NodeAttribute Read(AttributeProto proto, Graph graph, ITensorFiles? files)
    {
        AttributeKind kind = proto.HasType ? (AttributeKind)proto.Type : Guess(proto);
        RefuseOtherFields(proto, kind);
        string? reference = proto.RefAttrName.Length > 0 ? proto.RefAttrName : null;
        object? value = reference is null ? ReadValue(proto, kind, graph, files) : null;
        string name = proto.Name;
        if (reference is not null)
        {
            proto.ClearRefAttrName();
        }

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
            proto.SparseTensor = null;
            proto.SparseTensors.Clear();
        }

        return new NodeAttribute(name, kind, value, proto) { Reference = reference };
    }

    /// <summary>A second value would be lost without a word: which of the two counts, each reader would answer in its own way.</summary>
    private static void RefuseOtherFields(AttributeProto proto, AttributeKind kind)
    {
        (AttributeKind Kind, bool IsSet)[] fields =
        [
            (AttributeKind.Float, proto.HasF && proto.F != 0),
            (AttributeKind.Int, proto.HasI && proto.I != 0),
            (AttributeKind.String, proto.HasS && proto.S.Length > 0),
            (AttributeKind.Tensor, proto.T is not null),
            (AttributeKind.Graph, proto.G is not null),
            (AttributeKind.SparseTensor, proto.SparseTensor is not null),
            (AttributeKind.TypeProto, proto.Tp is not null),
            (AttributeKind.Floats, proto.Floats.Count > 0),
            (AttributeKind.Ints, proto.Ints.Count > 0),
            (AttributeKind.Strings, proto.Strings.Count > 0),
            (AttributeKind.Tensors, proto.Tensors.Count > 0),
            (AttributeKind.Graphs, proto.Graphs.Count > 0),
            (AttributeKind.SparseTensors, proto.SparseTensors.Count > 0),
            (AttributeKind.TypeProtos, proto.TypeProtos.Count > 0),
        ];
        foreach ((AttributeKind other, bool isSet) in fields)
        {
            if (isSet && other != kind)
            {
                throw new InvalidGraphException($"attribute '{proto.Name}' is declared as {kind}, but holds {other}.");
            }
        }
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
        { Tensors.Count: > 0 } => AttributeKind.Tensors,
        { Graphs.Count: > 0 } => AttributeKind.Graphs,
        _ => AttributeKind.Undefined,
    };

    private static object? ReadValue(AttributeProto proto, AttributeKind kind, Graph graph, ITensorFiles? files) => kind switch
    {
        AttributeKind.Float => proto.F,
        AttributeKind.Int => proto.I,
        AttributeKind.String => proto.S.ToByteArray(),
        AttributeKind.Tensor => TensorReader.Read(proto.T ?? new TensorProto(), files),
        AttributeKind.Graph => GraphReader.Read(proto.G ?? throw new FormatException($"attribute '{proto.Name}' holds no graph."), graph, files),
        AttributeKind.Floats => proto.Floats.ToArray(),
        AttributeKind.Ints => proto.Ints.ToArray(),
        AttributeKind.Strings => proto.Strings.Select(s => s.ToByteArray()).ToArray(),
        AttributeKind.Tensors => proto.Tensors.Select(t => TensorReader.Read(t, files)).ToArray(),
        AttributeKind.Graphs => proto.Graphs.Select(g => GraphReader.Read(g, graph, files)).ToArray(),
        AttributeKind.SparseTensor => SparseTensorReader.Read(proto.SparseTensor ?? throw new FormatException($"attribute '{proto.Name}' holds no sparse tensor."), files),
        AttributeKind.SparseTensors => proto.SparseTensors.Select(t => SparseTensorReader.Read(t, files)).ToArray(),

        // The message stays for its denotations; a type that says nothing is no more than that.
        AttributeKind.TypeProto => TypeReader.Read(proto.Tp),
        AttributeKind.TypeProtos => proto.TypeProtos.Select(TypeReader.Read).ToArray() is var types && Array.TrueForAll(types, t => t is not null) ? types : null,
        _ => null,
    };
}
