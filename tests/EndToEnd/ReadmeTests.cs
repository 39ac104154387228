using System.Reflection;
using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>What the README shows is what a user copies: it must build and run as it stands there.</summary>
public sealed class ReadmeTests(PackedProduct product)
{
    private static readonly string Repository =
        typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void Ten_lines_of_the_readme_build_and_run()
    {
        string readme = File.ReadAllText(Path.Combine(Repository, "README.md"));
        string folder = product.NewFolder("Readme");
        CopyFrom("samples/FashionClassifier/models", Path.Combine(folder, "models"), "*.onnx");
        CopyFrom("samples/FashionClassifier/data", Path.Combine(folder, "data"), "*.npz");

        // The packages under test have a version of their own; everything else stands as a user reads it.
        string items = FirstBlock(readme, "xml").Replace("""Include="QuantBuildTasks" Version="0.1.0" """, $"""Include="QuantBuildTasks" Version="{product.Version}" """, StringComparison.Ordinal);
        Assert.Contains(product.Version, items, StringComparison.Ordinal);
        string project = Path.Combine(folder, "Readme.csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              {items}
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), $"""
            using Readme;
            {FirstBlock(readme, "csharp")}
            System.Console.WriteLine("input " + session.InputNames[0]);
            """);

        (int built, string log) = DotNet.Run(folder, ["build", project, "-tl:off"], product.Packages);
        Assert.True(built == 0, log);
        Assert.Contains("fashion.onnx → x64-vnni: int8", log, StringComparison.Ordinal);

        (int ran, string output) = DotNet.Run(folder, ["exec", Path.Combine(folder, "bin", "Debug", "net10.0", "Readme.dll")]);
        Assert.True(ran == 0, output);
        Assert.Equal("input image", output.Trim());
    }

    private static void CopyFrom(string source, string target, string pattern)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository, source), pattern))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    private static string FirstBlock(string text, string language)
    {
        Match block = Regex.Match(text, $"^```{language}\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.True(block.Success, $"The README has no {language} block.");
        return block.Groups["code"].Value;
    }
}
