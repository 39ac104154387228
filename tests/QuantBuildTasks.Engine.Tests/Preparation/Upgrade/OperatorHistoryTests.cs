using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class OperatorHistoryTests
{
    /// <summary>Counted in onnx/defs/operator_sets.h of ONNX; what is in the first version there, with ONNX Runtime's two additions.</summary>
    [Theory]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 31)]
    [InlineData(7, 27)]
    [InlineData(8, 7)]
    [InlineData(9, 30)]
    [InlineData(10, 20)]
    [InlineData(11, 62)]
    [InlineData(12, 18)]
    [InlineData(13, 79)]
    [InlineData(14, 14)]
    [InlineData(15, 8)]
    [InlineData(16, 13)]
    [InlineData(17, 8)]
    [InlineData(18, 25)]
    [InlineData(19, 17)]
    [InlineData(20, 13)]
    [InlineData(21, 20)]
    [InlineData(23, 21)]
    public void Each_version_touches_as_many_operators_as_in_ONNX(long version, int operators) =>
        Assert.Equal(operators, OperatorHistory.All.Count(c => c.Version == version));

    [Fact]
    public void An_operator_has_one_change_in_a_version_and_begins_with_its_addition() => Assert.All(
        OperatorHistory.All.GroupBy(c => c.Operator),
        changes =>
        {
            Assert.Equal(changes.Count(), changes.Select(c => c.Version).Distinct().Count());
            Assert.Equal(ChangeKind.Added, changes.First().Kind);
            Assert.DoesNotContain(changes.Skip(1), c => c.Kind == ChangeKind.Added);
        });

    [Fact]
    public void Nothing_is_newer_than_the_highest_version() => Assert.Equal(OpsetUpgrade.Highest, OperatorHistory.All.Max(c => c.Version));

    [Fact]
    public void Docs_list_the_history()
    {
        string document = Documentation();

        Assert.Contains(Table(), document, StringComparison.Ordinal);
        Assert.Contains(Rest(), document, StringComparison.Ordinal);
    }

    /// <summary>The rewritten forms, those with the same change in one row.</summary>
    private static string Table() => "| opset | operators | what changed | what becomes of a node |\n|---|---|---|---|\n" + string.Concat(
        OperatorHistory.All.Where(c => c.Step is not null).GroupBy(c => (c.Version, c.Change, c.Action))
            .Select(row => $"| {row.Key.Version} | {string.Join(", ", row.Select(c => c.Operator))} | {row.Key.Change} | {row.Key.Action} |\n"));

    /// <summary>All that leaves a node as it is.</summary>
    private static string Rest() => "| opset | new operators | more types or options, node unchanged |\n|---|---|---|\n" + string.Concat(
        OperatorHistory.All.Where(c => c.Step is null).GroupBy(c => c.Version)
            .Select(version => $"| {version.Key} | {Names(version, ChangeKind.Added)} | {Names(version, ChangeKind.Compatible)} |\n"));

    private static string Names(IEnumerable<OperatorChange> changes, ChangeKind kind) => string.Join(", ", changes.Where(c => c.Kind == kind).Select(c => c.Operator));

    private static string Documentation()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "opset-upgrade.md");
            if (File.Exists(path))
            {
                return File.ReadAllText(path).ReplaceLineEndings("\n");
            }
        }

        throw new FileNotFoundException("docs/opset-upgrade.md is not above the test's folder.");
    }
}
