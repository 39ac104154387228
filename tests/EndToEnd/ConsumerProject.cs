using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace EndToEnd;

/// <summary>A project of a user, restored and ready to build.</summary>
internal sealed class ConsumerProject
{
    /// <summary>Attributes of an item that builds.</summary>
    public const string GoodModel = """Include="models/bert.de.onnx" CalibrationData="data/calibration.npz" ValidationData="data/validation.npz" Metric="sqnr" MaxDrop=">=10" """;

    private const string Onnx = """<PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" />""";

    private readonly PackedProduct _product;
    private int _builds;

    public ConsumerProject(PackedProduct product, string name = "App", string item = GoodModel, string properties = "", string packages = Onnx, string? folder = null)
    {
        _product = product;
        Folder = folder ?? product.NewFolder(name);
        ProjectFile = this[name + ".csproj"];
        WriteProject(item, properties, packages);
        Directory.CreateDirectory(this["models"]);
        Directory.CreateDirectory(this["data"]);
        File.Copy(product.Data("classifier.onnx"), this["models/bert.de.onnx"]);
        File.Copy(product.Data("calibration.npz"), this["data/calibration.npz"]);
        File.Copy(product.Data("validation.npz"), this["data/validation.npz"]);
        File.WriteAllText(this["Program.cs"], """
            using var session = My.App.QuantModels.BertDe.CreateSession();
            System.Console.WriteLine($"variant {My.App.QuantModels.BertDe.Choose().Variant.Profile} of {My.App.QuantModels.BertDe.Source}, input {session.InputNames[0]}");
            """);
        (int exitCode, string output) = DotNet.Run(Folder, ["restore", ProjectFile], product.Packages);
        Assert.True(exitCode == 0, output);
    }

    public string Folder { get; }

    public string ProjectFile { get; }

    /// <summary>What the worker and the task write.</summary>
    public string Output => this["obj/Debug/net10.0/quant"];

    public string this[string path] => Path.Combine(Folder, path.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Sets another <c>QuantModel</c> item, or several: attributes, separated by a line break; empty for none.</summary>
    public void WriteProject(string items, string properties = "", string packages = Onnx) => File.WriteAllText(ProjectFile, $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <RootNamespace>My.App</RootNamespace>
            <Nullable>enable</Nullable>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="QuantBuildTasks" Version="{_product.Version}" />
            {packages}
            <PackageReference Include="System.Numerics.Tensors" Version="9.0.19" />
          </ItemGroup>
          <ItemGroup>
            {string.Concat(items.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(i => $"<QuantModel {Escape(i)} />"))}
          </ItemGroup>
        </Project>
        """);

    /// <summary>Adds a <c>Directory.Build.targets</c>, which MSBuild reads after the targets of packages.</summary>
    public void WriteTargets(string content) => File.WriteAllText(this["Directory.Build.targets"], $"<Project>{content}</Project>");

    /// <summary>Builds and reads the log.</summary>
    public BuildOutcome Build(params string[] arguments) => Run(["build", ProjectFile, "--no-restore", .. arguments]);

    /// <summary>Runs MSBuild itself and reads the log.</summary>
    public BuildOutcome MSBuild(params string[] arguments) => Run(["msbuild", ProjectFile, .. arguments]);

    public BuildOutcome Clean() => Run(["clean", ProjectFile]);

    /// <summary>Builds, and kills all processes of the build as soon as it starts the worker.</summary>
    public void BuildAndKill()
    {
        (int exitCode, string output) = DotNet.Run(
            Folder,
            ["build", ProjectFile, "--no-restore", "-v:detailed", "-tl:off"],
            _product.Packages,
            line => line.Contains("The worker is started", StringComparison.Ordinal));
        Assert.True(exitCode != 0, output);
    }

    /// <summary>Runs the app that was built and returns what it prints.</summary>
    public string RunApp()
    {
        (int exitCode, string output) = DotNet.Run(Folder, ["exec", this[$"bin/Debug/net10.0/{Path.GetFileNameWithoutExtension(ProjectFile)}.dll"]]);
        Assert.True(exitCode == 0, output);
        return output.Trim();
    }

    /// <summary>Publishes for a runtime identifier and reads the log.</summary>
    public BuildOutcome Publish(string runtimeIdentifier) => Run(["publish", ProjectFile, "--no-restore", "-r", runtimeIdentifier, "--self-contained", "false"]);

    /// <summary>Names of the resources in an assembly, in ordinal order.</summary>
    public string[] Embedded(string assembly)
    {
        using var file = new PEReader(File.OpenRead(this[assembly]));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.ManifestResources.Select(r => metadata.GetString(metadata.GetManifestResource(r).Name)).Order(StringComparer.Ordinal)];
    }

    private BuildOutcome Run(string[] arguments)
    {
        string log = this[string.Create(CultureInfo.InvariantCulture, $"build{Interlocked.Increment(ref _builds)}.binlog")];
        (int exitCode, string output) = DotNet.Run(Folder, [.. arguments, $"-bl:{log}", "-tl:off"], _product.Packages);
        return BuildOutcome.Read(exitCode, output, log);
    }

    private static string Escape(string attributes) => attributes.Replace(">=", "&gt;=", StringComparison.Ordinal);
}
