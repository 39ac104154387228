using System.IO.Compression;

namespace EndToEnd;

/// <summary>Writes packages that stand in for others that are too large to be at hand.</summary>
internal static class FeedPackage
{
    /// <summary>Puts a package into a feed.</summary>
    /// <param name="feed">The feed's folder.</param>
    /// <param name="id">Its name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="dependency">A package that it brings, in the same version; null for none.</param>
    /// <param name="file">A file in it, with <c>/</c>.</param>
    public static void Write(string feed, string id, string version, string? dependency, string file)
    {
        using ZipArchive package = ZipFile.Open(Path.Combine(feed, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        string dependencies = dependency is null ? "" : $"<dependencies><group targetFramework=\".NETStandard2.0\"><dependency id=\"{dependency}\" version=\"{version}\" /></group></dependencies>";
        Add(package, $"{id}.nuspec", $"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata><id>{id}</id><version>{version}</version><authors>tests</authors><description>Stands in for another.</description>{dependencies}</metadata>
            </package>
            """);
        Add(package, file, "not what its name says");
    }

    private static void Add(ZipArchive package, string name, string text)
    {
        using var writer = new StreamWriter(package.CreateEntry(name).Open());
        writer.Write(text);
    }
}
