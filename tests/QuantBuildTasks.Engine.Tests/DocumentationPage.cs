namespace QuantBuildTasks.Engine.Tests;

/// <summary>A page of the documentation. It is looked for above the tests' own folder: a build for distribution maps the paths of sources to ones that do not exist.</summary>
internal static class DocumentationPage
{
    /// <param name="name">The file in <c>docs</c>.</param>
    /// <exception cref="FileNotFoundException">No folder above has it.</exception>
    public static string Read(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", name);
            if (File.Exists(path))
            {
                return File.ReadAllText(path);
            }
        }

        throw new FileNotFoundException($"docs/{name} is not above the test's folder.");
    }
}
