using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>How a finding reads in a build's log, after file and code.</summary>
internal static class FindingText
{
    /// <summary>One line, the profile in front where the finding holds for one only.</summary>
    public static string Of(Diagnostic diagnostic) =>
        OneLine(diagnostic.Profile is null ? diagnostic.Text : $"{diagnostic.Profile}: {diagnostic.Text}");

    /// <summary><c>error</c>, <c>warning</c> or <c>message</c>.</summary>
    public static string Severity(Diagnostic diagnostic) => diagnostic.Severity.ToString().ToLowerInvariant();

    /// <summary>Line breaks become spaces: a log shows only the first line of an error where it lists errors.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
