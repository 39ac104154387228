using System.Reflection;
using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Tests.Diagnostics;

public sealed partial class CodesTests
{
    private static readonly string[] All =
        [.. typeof(Codes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)];

    [Fact]
    public void Every_code_has_a_section_in_the_documentation_and_every_section_a_code() =>
        Assert.Equal(All.Order(StringComparer.Ordinal), Heading().Matches(DocumentationPage.Read("diagnostics.md")).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_section_says_what_happened_and_what_to_do()
    {
        string[] sections = Heading().Split(DocumentationPage.Read("diagnostics.md"));
        for (int i = 1; i < sections.Length; i += 2)
        {
            Assert.True(
                sections[i + 1].Contains("**What happened.**", StringComparison.Ordinal) && sections[i + 1].Contains("**What to do.**", StringComparison.Ordinal),
                $"{sections[i]} lacks a part.");
        }
    }

    [Fact]
    public void Codes_are_distinct_and_of_one_form()
    {
        Assert.Equal(All.Length, All.Distinct().Count());
        Assert.All(All, code => Assert.Matches("^QBT[1-59][0-9]{3}$", code));
    }

    [GeneratedRegex(@"^### (QBT\d{4})\b[^\n]*$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
