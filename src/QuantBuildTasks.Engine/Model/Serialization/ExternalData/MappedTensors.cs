using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>Tensors whose elements lie in mapped files: a message can name these files instead of holding the elements.</summary>
internal static class MappedTensors
{
    /// <summary>
    /// Smaller tensors stay in the graph: ONNX Runtime infers shapes from those alone that stand there, and a page of their own would be larger than they are.
    /// </summary>
    public const int LeastBytes = 1024;

    /// <summary>Makes all tensors that lie in mapped files name them.</summary>
    /// <returns>The folder that their paths start from, null where there are none, and how many bytes lie outside.</returns>
    /// <exception cref="QuantException">QBT4001: the files lie on two drives.</exception>
    public static (string? Folder, long Bytes) Name(ModelProto model)
    {
        (TensorProto Proto, MappedFile File, long Offset)[] mapped =
        [
            .. from tensor in TensorProtos.Of(model)
               where tensor.RawData.Length >= LeastBytes
               let place = MappedFile.Find(tensor.RawData.Memory)
               where place is not null
               select (tensor, place.Value.File, place.Value.Offset),
        ];
        if (mapped.Length == 0)
        {
            return default;
        }

        string folder = CommonFolder([.. mapped.Select(m => m.File.Path).Distinct()]);
        long bytes = 0;
        foreach ((TensorProto proto, MappedFile file, long offset) in mapped)
        {
            bytes += proto.RawData.Length;
            NameFile(proto, Path.GetRelativePath(folder, file.Path).Replace(Path.DirectorySeparatorChar, '/'), offset);
        }

        return (folder, bytes);
    }

    /// <summary>Replaces the elements by the place where they lie.</summary>
    /// <param name="proto">Holds its elements as <c>raw_data</c>.</param>
    /// <param name="location">A path with <c>/</c>, relative to the folder of the model.</param>
    /// <param name="offset">Where in the file they start.</param>
    public static void NameFile(TensorProto proto, string location, long offset)
    {
        string length = proto.RawData.Length.ToString(CultureInfo.InvariantCulture);
        proto.ClearRawData();
        proto.DataLocation = TensorProto.Types.DataLocation.External;
        Add("location", location);
        Add("offset", offset.ToString(CultureInfo.InvariantCulture));
        Add("length", length);

        void Add(string key, string value) => proto.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>The deepest folder that all files lie in: ONNX Runtime reads weights from one folder and those below it.</summary>
    internal static string CommonFolder(IReadOnlyList<string> paths)
    {
        string folder = Path.GetDirectoryName(paths[0])!;
        while (!paths.All(p => p.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw QuantException.Error(
                Codes.CannotWrite,
                $"The weights of the model lie on another drive ('{paths[0]}') than the folder for results ('{paths[^1]}'), and ONNX Runtime reads weights of one model from one drive only. Put the model and the project on the same drive.");
        }

        return folder;
    }
}
