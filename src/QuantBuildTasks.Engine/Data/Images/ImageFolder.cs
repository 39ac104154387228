using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>Reads a folder of images as one array of samples, and its labels where it has any.</summary>
internal static class ImageFolder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp"];

    /// <summary>All images in the folder and below it, in ordinal order of their relative paths, each made ready for the model once.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="target">What becomes of an image.</param>
    /// <param name="model">The model as the user wrote it.</param>
    /// <param name="files">Takes the samples, so that memory does not grow with the number of images.</param>
    /// <exception cref="QuantException">QBT1003, QBT1010, QBT1013, QBT1015 or QBT1016.</exception>
    public static IReadOnlyList<NamedArray> Read(string folder, ImageTarget target, string model, OpenFiles files)
    {
        string[] paths = Find(folder, model);
        long[]? labels = ImageLabels.Read(folder, paths, model);
        var pipeline = new ImagePipeline(target);
        ByteStore samples = files.Spool((long)paths.Length * target.BytesPerImage, stream =>
        {
            foreach (string path in paths)
            {
                string file = Path.Combine(folder, path);
                Picture picture = ImageFile.Read(file, model);
                try
                {
                    stream.Write(pipeline.Run(picture));
                }
                catch (InvalidDataException e)
                {
                    throw QuantException.Error(Codes.ImagesDoNotSuit, $"The image '{file}' cannot be made ready: {e.Message}.", model, e);
                }
            }
        });
        var images = new NamedArray(target.Input, new StoredArray(target.Type, [paths.Length, .. target.Dims], samples, 0), folder, IsNamed: true);
        return labels is null
            ? [images]
            : [images, new NamedArray(DatasetBinder.LabelsName, StoredArray.Of(Tensor.Vector(labels)), folder, IsNamed: true)];
    }

    /// <summary>Paths relative to the folder, with <c>/</c> on every system so that the order is the same. Hidden files and folders are left out.</summary>
    private static string[] Find(string folder, string model)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
        string[] paths;
        try
        {
            paths = [.. Directory.EnumerateFiles(folder, "*", options)
                .Select(p => Path.GetRelativePath(folder, p).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(p => Extensions.Contains(Path.GetExtension(p), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"The folder '{folder}' cannot be read: {e.Message}", model, e);
        }

        return paths.Length > 0
            ? paths
            : throw QuantException.Error(Codes.DataNotFound, $"There are no images in the folder '{folder}' or below it; looked for {string.Join(", ", Extensions)}. It holds no ONNX test data (test_data_set_0/input_0.pb) either.", model);
    }
}
