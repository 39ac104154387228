namespace QuantBuildTasks.Engine.Tests.Packaging;

/// <summary>An empty folder that goes when the test ends; with a space and an umlaut, as users have them.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("quant täst ").FullName;

    public string this[string relativePath] => System.IO.Path.Combine(Path, relativePath);

    /// <summary>Relative paths of all files, with <c>/</c>, in order.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. Directory.GetFiles(Path, "*", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Path, f).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
