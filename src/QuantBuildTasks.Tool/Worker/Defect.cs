using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Tool.Worker;

/// <summary>An exception that nobody expected: a mistake in this program.</summary>
internal static class Defect
{
    /// <summary>Writes the stack to <paramref name="errors"/> and gives the finding for the user.</summary>
    public static Diagnostic Report(Exception exception, string? file, TextWriter errors)
    {
        errors.WriteLine(exception);
        return Diagnostic.Error(
            Codes.InternalDefect,
            $"{exception.GetType().Name}: {FindingText.OneLine(exception.Message)} This is a defect of QuantBuildTasks, not of your project. Please report it with the stack trace on standard error; a build shows that with -v:d.",
            file);
    }
}
