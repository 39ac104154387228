using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>Finds the data files and folders that a setting names.</summary>
internal static class DataFiles
{
    /// <summary>Absolute paths.</summary>
    /// <param name="setting">Paths separated by <c>;</c>.</param>
    /// <param name="baseDirectory">Where relative ones start.</param>
    /// <param name="model">What a finding is about.</param>
    /// <exception cref="QuantException">QBT1010: no such file or folder. QBT1021: another format.</exception>
    public static IReadOnlyList<string> Find(Setting setting, string baseDirectory, string model) =>
        setting.Items is { Count: > 0 } items
            ? [.. items.Select(i => FindOne(setting, i, baseDirectory, model))]
            : throw setting.Invalid("Name at least one .npz or .npy file, or a folder of images or ONNX test data.");

    /// <summary>Project files are written with either slash; MSBuild turns them only in some places.</summary>
    public static string FullPath(string item, string baseDirectory) =>
        Path.GetFullPath(Path.DirectorySeparatorChar == '/' ? item.Replace('\\', '/') : item, baseDirectory);

    private static string FindOne(Setting setting, string item, string baseDirectory, string model)
    {
        string path = FullPath(item, baseDirectory);
        if (Directory.Exists(path))
        {
            return path;
        }

        if (!File.Exists(path))
        {
            throw QuantException.Error(
                Codes.DataNotFound, $"{setting.Spoken} names '{item}', but there is no file or folder '{path}'. Check the path; relative ones start at '{baseDirectory}'.", model);
        }

        return Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".NPZ" or ".NPY" => path,
            ".PB" => throw setting.Invalid($"'{item}' is one tensor of ONNX test data. Name the folder that it lies in, or the one with all test_data_set_* folders."),
            _ => throw setting.Invalid($"'{item}' is neither an .npz nor an .npy file, nor a folder of images or ONNX test data."),
        };
    }
}
