using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>
/// Finds the class of each image: in <c>labels.csv</c>, else in the name of the sub-folder that it lies in. <c>classes.txt</c>, one name a line,
/// says which name is class 0, 1, …; without it sub-folders count in ordinal order.
/// </summary>
internal sealed class ImageLabels
{
    private const string LabelsFile = "labels.csv";
    private const string ClassesFile = "classes.txt";

    private readonly string _folder;
    private readonly string _model;
    private readonly Dictionary<string, long>? _classes;

    private ImageLabels(string folder, string model)
    {
        _folder = folder;
        _model = model;
        _classes = ReadClasses();
    }

    /// <summary>A class for each image, or null where the folder has no labels.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="paths">Images in it, relative, with <c>/</c>.</param>
    /// <param name="model">The model as the user wrote it.</param>
    /// <exception cref="QuantException">QBT1013: some images have a class and others not, or a class is unknown.</exception>
    public static long[]? Read(string folder, IReadOnlyList<string> paths, string model)
    {
        var labels = new ImageLabels(folder, model);
        return File.Exists(Path.Combine(folder, LabelsFile)) ? labels.OfFile(paths) : labels.OfFolders(paths);
    }

    private long[] OfFile(IReadOnlyList<string> paths)
    {
        var byPath = new Dictionary<string, long>(StringComparer.Ordinal);
        var known = paths.ToHashSet(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in Lines(LabelsFile))
        {
            number++;
            int comma = line.LastIndexOf(',');
            if (line.Trim().Length == 0)
            {
                continue;
            }

            string path = comma < 0 ? line : Unquoted(line[..comma]).Replace('\\', '/');
            if (comma >= 0 && number == 1 && !known.Contains(path) && Path.GetExtension(path).Length == 0)
            {
                // A line of titles.
                continue;
            }

            if (comma < 0 || !known.Contains(path))
            {
                throw Wrong(comma < 0
                    ? $"Line {number} of {LabelsFile} is '{line}'. Write relative/path.png,label."
                    : $"Line {number} of {LabelsFile} names '{path}', but there is no such image.{Suggestion.For(path, known)}");
            }

            if (!byPath.TryAdd(path, ClassOf(Unquoted(line[(comma + 1)..]), $"Line {number} of {LabelsFile}")))
            {
                throw Wrong($"Line {number} of {LabelsFile} names '{path}' a second time.");
            }
        }

        return paths.FirstOrDefault(p => !byPath.ContainsKey(p)) is { } missing
            ? throw Wrong($"{LabelsFile} has no line for '{missing}'.")
            : [.. paths.Select(p => byPath[p])];
    }

    private long[]? OfFolders(IReadOnlyList<string> paths)
    {
        string?[] names = [.. paths.Select(p => p.IndexOf('/', StringComparison.Ordinal) is >= 0 and int end ? p[..end] : null)];
        if (names.All(n => n is null))
        {
            return null;
        }

        // Folders without images count too, so that a class that happens to have none does not move the others.
        string[] folders = [.. Directory.EnumerateDirectories(_folder, "*", new EnumerationOptions()).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];
        if (folders.Length < 2 && _classes is null)
        {
            return null;
        }

        if (Array.IndexOf(names, null) is >= 0 and int at)
        {
            throw Wrong($"The image '{paths[at]}' lies in no sub-folder, others do, whose names are their classes. Move it into one, or write {LabelsFile}.");
        }

        return [.. names.Select(n => _classes is null ? Array.IndexOf(folders, n) : ClassOf(n!, "The sub-folder"))];
    }

    private long ClassOf(string text, string where)
    {
        if (_classes?.TryGetValue(text, out long known) == true)
        {
            return known;
        }

        if (where.StartsWith("Line", StringComparison.Ordinal) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            return number;
        }

        throw Wrong(_classes is null
            ? $"{where} has the class '{text}', which is no whole number. Write numbers, or the names of the classes in {ClassesFile}, one a line."
            : $"{where} has the class '{text}', which is not in {ClassesFile}.{Suggestion.For(text, _classes.Keys)}");
    }

    private Dictionary<string, long>? ReadClasses()
    {
        if (!File.Exists(Path.Combine(_folder, ClassesFile)))
        {
            return null;
        }

        var classes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string name in Lines(ClassesFile).Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (!classes.TryAdd(name, classes.Count))
            {
                throw Wrong($"{ClassesFile} names the class '{name}' twice.");
            }
        }

        return classes;
    }

    private string[] Lines(string name)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(_folder, name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"'{name}' in the folder '{_folder}' cannot be read: {e.Message}", _model, e);
        }
    }

    private static string Unquoted(string text)
    {
        text = text.Trim();
        return text is ['"', .., '"'] ? text[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : text;
    }

    private QuantException Wrong(string text) => QuantException.Error(Codes.LabelsMismatch, $"Labels of the folder '{_folder}': {text}", _model);
}
