using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Model.Serialization.Writing;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>Writes <see cref="OnnxModel"/> as an ONNX file. The same model gives the same bytes.</summary>
internal static class ModelWriter
{
    /// <summary>What can be mapped by itself starts at a page; on Windows at 64 KiB, which is nothing beside a large tensor.</summary>
    private const int Page = 4096;
    private const int LargeAlignment = 64 << 10;
    private const int LargeTensor = 1 << 20;

    /// <summary>The file's bytes; all weights are within.</summary>
    public static byte[] Write(OnnxModel model) => ToProto(model).ToByteArray();

    /// <summary>The file's bytes without what exporters noted for people: see <see cref="Notes"/>.</summary>
    public static byte[] WriteWithoutNotes(OnnxModel model)
    {
        ModelProto proto = ToProto(model);
        Notes.RemoveFrom(proto);
        return proto.ToByteArray();
    }

    /// <summary>Writes the file, with all weights within, without holding it in memory.</summary>
    /// <exception cref="InvalidOperationException">It would be larger than <see cref="StoredModel.LargestFile"/>.</exception>
    public static void WriteTo(OnnxModel model, Stream stream)
    {
        ModelProto proto = ToProto(model);
        if (TensorProtos.Of(proto).Sum(t => (long)t.RawData.Length) > StoredModel.LargestFile)
        {
            throw new InvalidOperationException("The model is too large for one file.");
        }

        proto.WriteTo(stream);
    }

    /// <summary>Writes the weights into a file of their own, where each can be mapped by itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataName">What that file is called, in the folder of the model.</param>
    /// <param name="data">Takes the weights.</param>
    /// <returns>The model's file, which names the other.</returns>
    public static byte[] WriteParts(OnnxModel model, string dataName, Stream data)
    {
        ModelProto proto = ToProto(model);
        long position = 0;
        foreach (TensorProto tensor in TensorProtos.Of(proto).Where(t => t.RawData.Length >= MappedTensors.LeastBytes))
        {
            int length = tensor.RawData.Length;
            int alignment = length >= LargeTensor ? LargeAlignment : Page;
            int gap = (int)(-position & (alignment - 1));
            data.Write(new byte[gap]);
            data.Write(tensor.RawData.Span);
            MappedTensors.NameFile(tensor, dataName, position + gap);
            position += gap + length;
        }

        return proto.ToByteArray();
    }

    /// <summary>The model for whoever runs it. Where it is one that leaves its weights in files, those that were made move into files, too.</summary>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public static StoredModel Store(OnnxModel model) => Store(model, keepsNotes: true);

    /// <summary>The same without what exporters noted in the graph for people: see <see cref="Notes"/>.</summary>
    /// <exception cref="QuantException">QBT4001: the disk is full.</exception>
    public static StoredModel StoreWithoutNotes(OnnxModel model) => Store(model, keepsNotes: false);

    /// <summary>A model of its own that shares the weights.</summary>
    public static OnnxModel Copy(OnnxModel model) => ModelReader.Convert(ToProto(model), files: null, model.Weights);

    internal static ModelProto ToProto(OnnxModel model)
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

    private static StoredModel Store(OnnxModel model, bool keepsNotes)
    {
        foreach (Value value in model.Weights is null ? [] : model.Graph.SelfAndSubgraphs().SelectMany(g => g.Initializers))
        {
            value.Initializer = model.Weights!.KeepIfLarge(value.Initializer!);
        }

        ModelProto proto = ToProto(model);
        if (!keepsNotes)
        {
            Notes.RemoveFrom(proto);
        }

        (string? folder, long bytesOutside) = model.Weights is null ? default : MappedTensors.Name(proto);
        return new StoredModel(proto.ToByteArray()) { Folder = folder, BytesOutside = bytesOutside, Weights = folder is null ? null : model.Weights };
    }
}
