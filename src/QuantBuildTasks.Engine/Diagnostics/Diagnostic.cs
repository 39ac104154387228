namespace QuantBuildTasks.Engine.Diagnostics;

internal enum Severity
{
    Message,
    Warning,
    Error,
}

/// <summary>One finding for the user: what, where, how much against what, why, and what to do, in complete sentences.</summary>
/// <param name="Code">A code of <see cref="Codes"/>; each has a section in docs/diagnostics.md.</param>
/// <param name="Severity">How the build treats it.</param>
/// <param name="Text">One line without a code and without a file name in front.</param>
internal sealed record Diagnostic(string Code, Severity Severity, string Text)
{
    /// <summary>The file that the finding is about, as the user wrote it; null where there is none.</summary>
    public string? File { get; init; }

    /// <summary>The hardware profile, where the finding holds for one only.</summary>
    public string? Profile { get; init; }

    public static Diagnostic Error(string code, string text, string? file = null) => new(code, Severity.Error, text) { File = file };

    public static Diagnostic Warning(string code, string text, string? file = null) => new(code, Severity.Warning, text) { File = file };

    public static Diagnostic Message(string code, string text, string? file = null) => new(code, Severity.Message, text) { File = file };

    /// <summary>The line as it stands in a build's output.</summary>
    public override string ToString() =>
        $"{File ?? "quant"} : {Severity.ToString().ToLowerInvariant()} {Code}: {(Profile is null ? "" : Profile + ": ")}{Text}";
}
