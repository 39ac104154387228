namespace QuantBuildTasks.Engine.Diagnostics;

/// <summary>Broken input or a defect: work on this model ends, and <see cref="Diagnostic"/> tells the user why.</summary>
internal sealed class QuantException(Diagnostic diagnostic, Exception? inner = null) : Exception(diagnostic.ToString(), inner)
{
    public Diagnostic Diagnostic { get; } = diagnostic;

    public static QuantException Error(string code, string text, string? file = null, Exception? inner = null) =>
        new(Diagnostic.Error(code, text, file), inner);
}
