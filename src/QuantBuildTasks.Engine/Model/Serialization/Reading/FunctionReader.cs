using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Turns <see cref="FunctionProto"/> into <see cref="LocalFunction"/>: its body is read as a graph.</summary>
internal static class FunctionReader
{
    /// <param name="proto">The message, which is taken over.</param>
    /// <param name="files">Where the data of Constant nodes may lie, which stand for the initializers that a function has not; null where none are read.</param>
    /// <exception cref="FormatException">A name is defined twice or not at all.</exception>
    /// <exception cref="InvalidGraphException">An attribute breaks a rule.</exception>
    public static LocalFunction Read(FunctionProto proto, ITensorFiles? files)
    {
        var id = new FunctionId(proto.Domain == "ai.onnx" ? "" : proto.Domain, proto.Name, proto.Overload);
        try
        {
            return Read(proto, id, files);
        }
        catch (InvalidGraphException e)
        {
            throw new InvalidGraphException($"function '{id}': {e.Message}", e);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new FormatException($"function '{id}': {e.Message}", e);
        }
    }

    private static LocalFunction Read(FunctionProto proto, FunctionId id, ITensorFiles? files)
    {
        var function = new LocalFunction(id, Body(proto, files)) { DocString = proto.DocString };
        foreach (string attribute in proto.Attribute)
        {
            function.Attributes.Add(attribute);
        }

        foreach (AttributeProto attribute in proto.AttributeProto)
        {
            function.Defaults.Add(AttributeReader.Read(attribute, function.Body, files));
        }

        foreach (OperatorSetIdProto opset in proto.OpsetImport)
        {
            function.Opsets[opset.Domain == "ai.onnx" ? "" : opset.Domain] = opset.Version;
        }

        foreach (StringStringEntryProto entry in proto.MetadataProps)
        {
            function.Metadata.Add(new(entry.Key, entry.Value));
        }

        proto.ClearName();
        proto.ClearDomain();
        proto.ClearOverload();
        proto.ClearDocString();
        proto.Input.Clear();
        proto.Output.Clear();
        proto.Attribute.Clear();
        proto.AttributeProto.Clear();
        proto.OpsetImport.Clear();
        proto.MetadataProps.Clear();
        proto.Node.Clear();
        proto.ValueInfo.Clear();
        function.Residue = proto;
        return function;
    }

    /// <summary>A function names its inputs and outputs alone; what is known of them stands among the descriptions of its values.</summary>
    private static Graph Body(FunctionProto proto, ITensorFiles? files)
    {
        var described = new Dictionary<string, ValueInfoProto>(StringComparer.Ordinal);
        var ports = new HashSet<string>(proto.Input.Concat(proto.Output), StringComparer.Ordinal);
        var body = new GraphProto { Name = proto.Name };
        foreach (ValueInfoProto info in proto.ValueInfo)
        {
            if (!ports.Contains(info.Name) || !described.TryAdd(info.Name, info))
            {
                body.ValueInfo.Add(info);
            }
        }

        ValueInfoProto Port(string name) => described.TryGetValue(name, out ValueInfoProto? info) ? info : new ValueInfoProto { Name = name };
        body.Input.AddRange(proto.Input.Select(Port));
        body.Output.AddRange(proto.Output.Select(Port));
        body.Node.AddRange(proto.Node);
        Graph graph = GraphReader.Read(body, parent: null, files);
        foreach (Value port in graph.Inputs.Concat(graph.Outputs).Where(v => !described.ContainsKey(v.Name)))
        {
            port.Residue = null;
        }

        return graph;
    }
}
