using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Tool.Display;

/// <summary>Findings on standard error, in the form that builds and editors know: <c>file : error CODE: text</c>.</summary>
internal static class ErrorLines
{
    public static void Write(TextWriter errors, Diagnostic finding) =>
        errors.WriteLine($"{finding.File ?? "quant"} : {FindingText.Severity(finding)} {finding.Code}: {FindingText.Of(finding)}");
}
