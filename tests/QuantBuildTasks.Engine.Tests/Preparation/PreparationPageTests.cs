using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Preparation;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed partial class PreparationPageTests
{
    [Fact]
    public void Every_pass_has_a_row_in_the_documentation_in_the_order_in_which_they_run() =>
        Assert.Equal(Preparer.Passes(new OrtInference(), static _ => false).Select(p => p.Name), Row().Matches(Page()).Select(m => m.Groups[1].Value));

    private static string Page()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "preparation.md");
            if (File.Exists(path))
            {
                return File.ReadAllText(path);
            }
        }

        throw new FileNotFoundException("docs/preparation.md is not above the test's folder.");
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
