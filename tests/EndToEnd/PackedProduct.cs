using System.Globalization;
using System.Reflection;
using EndToEnd;

[assembly: AssemblyFixture(typeof(PackedProduct))]

namespace EndToEnd;

/// <summary>
/// The packages as a user gets them, in a feed of their own, and a place for projects that use them. The version differs from run to run, so
/// nothing of an earlier one is taken for it.
/// </summary>
public sealed class PackedProduct : IDisposable
{
    private int _projects;

    public PackedProduct()
    {
        Version = string.Create(CultureInfo.InvariantCulture, $"0.1.0-e2e.{DateTime.UtcNow:yyyyMMddHHmmss}.{Environment.ProcessId}");
        Root = Directory.CreateTempSubdirectory("Größe und Maß ").FullName;
        Feed = Path.Combine(Root, "feed");
        Packages = Path.Combine(Root, "packages");
        Pack("QuantBuildTasks.Runtime");
        Pack("QuantBuildTasks");

        // Stops the search for files that would change how the projects are built.
        // Emulators that the machine may have would slow down every build; the tests of emulation have a file of their own.
        File.WriteAllText(Path.Combine(Root, "Directory.Build.props"), "<Project><PropertyGroup><QuantEmulator>none</QuantEmulator></PropertyGroup></Project>");
        File.WriteAllText(Path.Combine(Root, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(Root, "Directory.Packages.props"), "<Project />");
        string known = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(Root, "nuget.config"), $"""
            <configuration>
              <packageSources><add key="tested" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><add key="known" value="{known}" /></fallbackPackageFolders>
            </configuration>
            """);

        Directory.CreateDirectory(Path.Combine(Root, "data"));
        File.WriteAllBytes(Data("classifier.onnx"), TestModels.Classifier());
        TestModels.WriteImages(Data("calibration.npz"), 64, seed: 1);
        TestModels.WriteImages(Data("validation.npz"), 64, seed: 2);
        TestModels.WriteImages(Data("other-size.npz"), 8, seed: 3, size: 10);
    }

    public string Version { get; }

    /// <summary>Holds the packages and all projects; its path has spaces and umlauts.</summary>
    public string Root { get; }

    public string Feed { get; }

    /// <summary>Where these packages are extracted to; all others are taken from where the machine has them.</summary>
    public string Packages { get; }

    public string Data(string name) => Path.Combine(Root, "data", name);

    /// <summary>A new folder for a project.</summary>
    public string NewFolder(string name) =>
        Directory.CreateDirectory(Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{name} {Interlocked.Increment(ref _projects)}"))).FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Adds the package that emulates other architectures: it takes a while, and few tests need it.</summary>
    public void PackEmulation() => Pack("QuantBuildTasks.Emulation");

    private static string Metadata(string key) =>
        typeof(PackedProduct).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private void Pack(string project)
    {
        (int exitCode, string output) = DotNet.Run(
            Metadata("RepositoryRoot"),
            ["pack", $"src/{project}/{project}.csproj", "-c", Metadata("Configuration"), "-o", Feed, $"-p:PackageVersion={Version}", "-warnaserror", "-tl:off"]);
        Assert.True(exitCode == 0, output);
    }
}
