using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Preparation;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed partial class PreparationPageTests
{
    [Fact]
    public void Every_pass_has_a_row_in_the_documentation_in_the_order_in_which_they_run() =>
        Assert.Equal(Preparer.Passes(new OrtInference(), static _ => false).Select(p => p.Name), Row().Matches(DocumentationPage.Read("preparation.md")).Select(m => m.Groups[1].Value));

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
