using System.Text.RegularExpressions;
using QuantBuildTasks.Models;

namespace QuantBuildTasks.Names;

/// <summary>Where an <c>Import</c> leads, without evaluating the project.</summary>
internal static class ImportPath
{
    // $([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../')): how a nested file brings in the one of the folders above.
    private static readonly Regex FileAbove = new(@"^\$\(\[MSBuild\]::GetPathOfFileAbove\(\s*['""`]?(?<name>[^'""`,()$]+)['""`]?\s*(,\s*['""`]?(?<start>[^'""`,]*)['""`]?\s*)?\)\)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The absolute path, or null where it depends on other properties or names several files.</summary>
    /// <param name="written">The attribute <c>Project</c>.</param>
    /// <param name="directory">Absolute path of the importing file's folder.</param>
    /// <param name="projectDirectory">Absolute.</param>
    public static string? Resolve(string written, string directory, string projectDirectory)
    {
        string text = written.Trim();
        if (FileAbove.Match(text) is { Success: true } match)
        {
            // Without a second argument MSBuild starts in the folder of the importing file.
            string? start = match.Groups["start"] is { Success: true, Value: { Length: > 0 } from } ? Plain(from, directory, projectDirectory) : directory;
            return start is null ? null : FindAbove(match.Groups["name"].Value.Trim(), start);
        }

        return Plain(text, directory, projectDirectory);
    }

    private static string? Plain(string text, string directory, string projectDirectory)
    {
        string path = Replace(Replace(text, "$(MSBuildThisFileDirectory)", directory), "$(MSBuildProjectDirectory)", projectDirectory);
        if (path.Length == 0 || path.IndexOfAny(['$', '@', '%', '*', '?']) >= 0)
        {
            return null;
        }

        try
        {
            return ProjectPaths.Absolute(directory, path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // .NET Framework throws them for a character that Windows does not know in a path; no file can be meant.
            return null;
        }
    }

    private static string? FindAbove(string name, string? directory)
    {
        for (; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            string path = Path.Combine(directory, name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    private static string Replace(string text, string property, string directory) => Regex.Replace(
        text, Regex.Escape(property), (directory.TrimEnd('/', '\\') + "/").Replace("$", "$$"), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
