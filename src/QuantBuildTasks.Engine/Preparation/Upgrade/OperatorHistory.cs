namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>
/// Every operator of ONNX's own domain with every version that touched it, up to <see cref="OpsetUpgrade.Highest"/>. An operator that stands here for no
/// version is unknown. Source: the version history in ONNX's operator change log.
/// </summary>
internal static partial class OperatorHistory
{
    /// <summary>All changes, by version and within a version by name.</summary>
    public static IReadOnlyList<OperatorChange> All { get; } =
        [.. Versions1To7().Concat(Versions8To13()).Concat(Versions14To23()).OrderBy(c => c.Version).ThenBy(c => c.Operator, StringComparer.Ordinal)];

    private static readonly Dictionary<string, OperatorChange[]> ByOperator = All.GroupBy(c => c.Operator).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);

    /// <summary>Whether an operator set has the operator.</summary>
    public static bool Has(string opType, long version) =>
        ByOperator.TryGetValue(opType, out OperatorChange[]? changes)
        && changes[0].Version <= version
        && !(changes[^1].Kind == ChangeKind.Replaced && changes[^1].Version <= version);

    /// <summary>What rewrites a node of that operator on the way into <paramref name="version"/>; null where it stays as it is.</summary>
    public static UpgradeStep? StepFor(string opType, long version) =>
        ByOperator.TryGetValue(opType, out OperatorChange[]? changes) ? Array.Find(changes, c => c.Version == version)?.Step : null;

    private static IEnumerable<OperatorChange> Added(long version, string operators) => Each(operators, o => new OperatorChange(o, version, ChangeKind.Added));

    private static IEnumerable<OperatorChange> Compatible(long version, string operators) => Each(operators, o => new OperatorChange(o, version, ChangeKind.Compatible));

    private static IEnumerable<OperatorChange> Rewritten(long version, string operators, string change, string action, UpgradeStep step) =>
        Each(operators, o => new OperatorChange(o, version, ChangeKind.Rewritten, change, action, step));

    private static IEnumerable<OperatorChange> Replaced(long version, string operators, string change, string action, UpgradeStep step) =>
        Each(operators, o => new OperatorChange(o, version, ChangeKind.Replaced, change, action, step));

    private static IEnumerable<OperatorChange> Each(string operators, Func<string, OperatorChange> make) => operators.Split(' ').Select(make);
}
