namespace QuantBuildTasks.Models;

/// <summary>Paths as they are written in a project file, and as files are opened. The current directory plays no part.</summary>
internal static class ProjectPaths
{
    /// <summary>The absolute path of what the project calls <paramref name="written"/>.</summary>
    public static string Absolute(string projectDirectory, string written) =>
        Path.GetFullPath(Path.Combine(projectDirectory, Path.DirectorySeparatorChar == '/' ? written.Replace('\\', '/') : written));

    /// <summary>
    /// The path for messages and artifacts, which must not tell where the project lies: relative to the project with forward slashes, or the file
    /// name alone where that is not possible.
    /// </summary>
    public static string Display(string projectDirectory, string written)
    {
        if (!Path.IsPathRooted(written))
        {
            return written.Replace('\\', '/');
        }

        var directory = new Uri(projectDirectory.TrimEnd('/', '\\') + "/");
        Uri relative = directory.MakeRelativeUri(new Uri(written));
        return relative.IsAbsoluteUri ? Path.GetFileName(written) : Uri.UnescapeDataString(relative.OriginalString);
    }
}
