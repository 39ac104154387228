using System.IO.Enumeration;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>The user's <c>KeepFloat</c>: node names or operator types with <c>*</c> and <c>?</c>.</summary>
internal sealed class FloatPatterns(IReadOnlyList<string> patterns)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Patterns that have matched no node so far.</summary>
    public IEnumerable<string> Unused => patterns.Where(p => !_used.Contains(p));

    /// <summary>The reason to keep a node float32, or null.</summary>
    public string? Reason(Node node)
    {
        string? first = null;
        foreach (string pattern in patterns.Where(p => Matches(p, node.DisplayName) || Matches(p, node.OpType)))
        {
            _used.Add(pattern);
            first ??= pattern;
        }

        return first is null ? null : $"kept by KeepFloat '{first}'";
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
