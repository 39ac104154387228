using QuantBuildTasks.Models;

namespace QuantBuildTasks.Incremental;

/// <summary>Finds the files that a result depends on.</summary>
internal static class InputFiles
{
    /// <summary>Names of metadata and properties whose value is a list of paths, separated by semicolons.</summary>
    private static readonly string[] PathLists = ["CalibrationData", "ValidationData", "Reference"];

    /// <summary>A folder, set by a package: the programs that score under an emulator.</summary>
    private const string EmulationDirectory = "EmulationDirectory";

    /// <summary>Absolute paths in ordinal order, each once: models, data, and the programs that make and measure the result.</summary>
    public static IReadOnlyList<string> Of(
        IReadOnlyList<ModelItem> models, IReadOnlyDictionary<string, string> defaults, string projectDirectory, string worker) =>
        Ordered(Named(models.Select(m => m.Path), models.Select(m => m.Metadata).Append(defaults), projectDirectory)
            .Concat(Directory.EnumerateFiles(Path.GetDirectoryName(worker)!, "*.dll"))
            .Concat(defaults.TryGetValue(EmulationDirectory, out string? emulation) ? Expand(ProjectPaths.Absolute(projectDirectory, emulation)) : []));

    /// <summary>
    /// What the user names: absolute paths in ordinal order, each once. A folder counts with all files below it; a path where nothing is stays in
    /// the list, so that its appearance is noticed.
    /// </summary>
    /// <param name="models">Absolute paths of the models.</param>
    /// <param name="settings">Metadata of the models, and the defaults for all.</param>
    /// <param name="projectDirectory">Absolute.</param>
    public static IReadOnlyList<string> Named(
        IEnumerable<string> models, IEnumerable<IReadOnlyDictionary<string, string>> settings, string projectDirectory)
    {
        IEnumerable<string> data = settings
            .SelectMany(values => PathLists.Select(name => values.FirstOrDefault(v => string.Equals(v.Key, name, StringComparison.OrdinalIgnoreCase)).Value))
            .Where(value => value is not null)
            .SelectMany(value => value.Split([';'], StringSplitOptions.RemoveEmptyEntries))
            .Select(path => path.Trim())
            .Where(path => path.Length > 0)
            .Select(path => ProjectPaths.Absolute(projectDirectory, path));
        return Ordered(models.Concat(data.SelectMany(Expand)));
    }

    private static IReadOnlyList<string> Ordered(IEnumerable<string> paths) =>
        [.. paths.Distinct(StringComparer.Ordinal).OrderBy(path => path, StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [path];
}
