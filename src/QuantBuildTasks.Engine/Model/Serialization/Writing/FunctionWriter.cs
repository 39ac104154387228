using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Writing;

/// <summary>Turns <see cref="LocalFunction"/> back into <see cref="FunctionProto"/>.</summary>
internal static class FunctionWriter
{
    /// <exception cref="InvalidOperationException">The body holds initializers, for which the format has no place.</exception>
    public static FunctionProto Write(LocalFunction function)
    {
        Graph body = function.Body;
        if (body.Initializers.Count + body.SparseInitializers.Count > 0)
        {
            throw new InvalidOperationException($"Function '{function.Id}' holds initializers; the file format wants Constant nodes.");
        }

        FunctionProto proto = (function.Residue as FunctionProto)?.Clone() ?? new FunctionProto();
        proto.Name = function.Id.Name;
        if (function.Id.Domain.Length > 0)
        {
            proto.Domain = function.Id.Domain;
        }

        if (function.Id.Overload.Length > 0)
        {
            proto.Overload = function.Id.Overload;
        }

        if (function.DocString.Length > 0)
        {
            proto.DocString = function.DocString;
        }

        proto.Input.AddRange(body.Inputs.Select(v => v.Name));
        proto.Output.AddRange(body.Outputs.Select(v => v.Name));
        proto.Attribute.AddRange(function.Attributes);
        proto.AttributeProto.AddRange(function.Defaults.Select(GraphWriter.WriteAttribute));
        proto.Node.AddRange(body.Nodes.Select(GraphWriter.WriteNode));
        proto.OpsetImport.AddRange(function.Opsets.Select(o => new OperatorSetIdProto { Domain = o.Key, Version = o.Value }));
        proto.MetadataProps.AddRange(function.Metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        proto.ValueInfo.AddRange(body.Values.Where(v => v.Residue is not null).Select(GraphWriter.Describe));
        if (body.Residue is GraphProto { ValueInfo: { } unmatched })
        {
            proto.ValueInfo.AddRange(unmatched);
        }

        return proto;
    }
}
