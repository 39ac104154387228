using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Model.Serialization.Reading;

namespace QuantBuildTasks.Engine.Model.Serialization;

/// <summary>
/// Reads ONNX files into <see cref="OnnxModel"/>. What it does not interpret (documentation, metadata, training, fields of newer
/// versions) stays in the residues, so that <see cref="ModelWriter"/> loses nothing.
/// </summary>
internal static class ModelReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="weights">Maps the files that its tensors name, and must outlive the model; null: a model that names some is refused.</param>
    /// <exception cref="QuantException">QBT1001–QBT1004, QBT1006, QBT1007: missing, unreadable, a Git LFS pointer, with parts that are not supported, invalid, or its data are not there.</exception>
    public static OnnxModel ReadFile(string path, WeightFiles? weights = null) =>
        Read(ReadBytes(path, path), path, weights is null ? null : new ExternalFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, weights));

    /// <summary>Reads the bytes of a model file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="displayPath">What messages call it.</param>
    /// <exception cref="QuantException">QBT1001, QBT1002: missing, or it cannot be opened.</exception>
    public static byte[] ReadBytes(string path, string displayPath)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw QuantException.Error(Codes.ModelNotFound, $"There is no model at '{path}'. Check the path.", displayPath, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.ModelUnreadable, $"The model cannot be opened: {e.Message}", displayPath, e);
        }
    }

    /// <summary>Reads a model from memory, which must not change as long as the model is used.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="path">What messages call the file.</param>
    /// <param name="files">Where data outside of the message are looked for, which are mapped and must not change either; null where none are read.</param>
    /// <param name="weights">What becomes <see cref="OnnxModel.Weights"/>.</param>
    /// <exception cref="QuantException">QBT1002–QBT1004.</exception>
    public static OnnxModel Read(byte[] bytes, string? path = null, ITensorFiles? files = null, WeightFiles? weights = null)
    {
        GitLfs.RefusePointer(bytes, "The model", path);
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(UnsafeByteOperations.UnsafeWrap(bytes));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw QuantException.Error(Codes.ModelUnreadable, $"The file is no ONNX model, or it is damaged: {e.Message} Export it again, or check how it was copied.", path, e);
        }

        if (proto.Graph is null)
        {
            throw QuantException.Error(Codes.ModelUnreadable, "The file holds no graph: it is empty, cut off, or no ONNX model. Export it again, or check how it was copied.", path);
        }

        try
        {
            return Convert(proto, files, weights);
        }
        catch (InvalidGraphException e)
        {
            throw QuantException.Error(Codes.InvalidModel, $"The model is invalid: {e.Message}", path, e);
        }
        catch (ExternalDataException e)
        {
            throw QuantException.Error(Codes.ExternalData, e.Message, path, e);
        }
        catch (QuantException e) when (e.Diagnostic.File is null)
        {
            // A file beside the model is a Git LFS pointer.
            throw new QuantException(e.Diagnostic with { File = path }, e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw QuantException.Error(Codes.ModelUnreadable, $"The model is damaged: {e.Message}", path, e);
        }
        catch (NotSupportedException e)
        {
            throw QuantException.Error(Codes.ModelUnsupported, e.Message, path, e);
        }
    }

    /// <summary>Reads a model that this process stored. Its weights stay where they lie.</summary>
    /// <param name="stored">The model.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="QuantException">As for a file.</exception>
    public static OnnxModel Read(StoredModel stored, string? path = null) =>
        stored.Folder is { } folder && stored.Weights is { } weights
            ? Read(stored.Graph, path, new StoredFiles(folder, weights), weights)
            : Read(stored.Graph, path);

    /// <summary>Turns messages into objects, which take them over.</summary>
    internal static OnnxModel Convert(ModelProto proto, ITensorFiles? files, WeightFiles? weights)
    {
        var model = new OnnxModel(GraphReader.Read(proto.Graph, parent: null, files))
        {
            Weights = weights,
            IrVersion = proto.IrVersion,
            ProducerName = proto.ProducerName,
            ProducerVersion = proto.ProducerVersion,
        };
        foreach (OperatorSetIdProto opset in proto.OpsetImport)
        {
            model.Opsets[opset.Domain == "ai.onnx" ? "" : opset.Domain] = opset.Version;
        }

        model.Functions.AddRange(proto.Functions.Select(f => FunctionReader.Read(f, files)));
        foreach (StringStringEntryProto entry in proto.MetadataProps)
        {
            model.Metadata.Add(new(entry.Key, entry.Value));
        }

        proto.ClearIrVersion();
        proto.ClearProducerName();
        proto.ClearProducerVersion();
        proto.Graph = null;
        proto.OpsetImport.Clear();
        proto.MetadataProps.Clear();
        proto.Functions.Clear();
        model.Residue = proto;
        return model;
    }
}
