using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Writes <see cref="OnnxModel"/> as an ONNX file. The same model gives the same bytes.</summary>
internal static class ModelWriter
{
    /// <summary>The file's bytes.</summary>
    public static byte[] Write(OnnxModel model) => ToProto(model).ToByteArray();

    /// <summary>The file's bytes without what exporters noted for people: see <see cref="Notes"/>.</summary>
    public static byte[] WriteWithoutNotes(OnnxModel model)
    {
        ModelProto proto = ToProto(model);
        Notes.RemoveFrom(proto);
        return proto.ToByteArray();
    }

    private static ModelProto ToProto(OnnxModel model)
    {
        ModelProto proto = (model.Residue as ModelProto)?.Clone() ?? new ModelProto();
        proto.IrVersion = model.IrVersion;
        if (model.ProducerName.Length > 0)
        {
            proto.ProducerName = model.ProducerName;
        }

        if (model.ProducerVersion.Length > 0)
        {
            proto.ProducerVersion = model.ProducerVersion;
        }

        proto.Graph = GraphWriter.Write(model.Graph);
        proto.OpsetImport.AddRange(model.Opsets.Select(o => new OperatorSetIdProto { Domain = o.Key, Version = o.Value }));
        proto.MetadataProps.AddRange(model.Metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        proto.Functions.AddRange(model.Functions.Select(FunctionWriter.Write));
        return proto;
    }
}
