using System.Text.RegularExpressions;

namespace QuantBuildTasks.Tool.Tests.Documentation;

public sealed partial class LinkTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Documents =>
    [
        "README.md", "CHANGELOG.md", "benchmarks/Zoo/README.md", "samples/FashionClassifier/data/README.md",
        .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(f => "docs/" + Path.GetFileName(f)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_leads_to_a_file_and_its_heading(string document)
    {
        string path = Path.Combine(Root, document);
        foreach (Match link in Link().Matches(File.ReadAllText(path)))
        {
            string[] target = link.Groups["target"].Value.Split('#', 2);
            string file = target[0].Length == 0 ? path : Path.GetFullPath(target[0], Path.GetDirectoryName(path)!);
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{document} links to '{link.Groups["target"].Value}', which does not exist.");
            if (target.Length == 2)
            {
                Assert.Contains(target[1], File.ReadLines(file).Where(l => l.StartsWith('#')).Select(Anchor));
            }
        }
    }

    /// <summary>As code hosts make it of a heading: lower case, without punctuation, spaces as dashes.</summary>
    private static string Anchor(string heading)
    {
        IEnumerable<char> kept = heading.TrimStart('#').Trim().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_');
        return string.Concat(kept.Select(c => c == ' ' ? '-' : char.ToLowerInvariant(c)));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "QuantBuildTasks.sln")))
            {
                return folder.FullName;
            }
        }

        throw new FileNotFoundException("QuantBuildTasks.sln is not above the test's folder.");
    }

    [GeneratedRegex(@"\]\((?!https?:|mailto:)(?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
