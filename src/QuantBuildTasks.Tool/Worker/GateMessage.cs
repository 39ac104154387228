using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Worker;

/// <summary>Ends the message of a failed gate with where to read more.</summary>
internal static class GateMessage
{
    public static Diagnostic WithReport(Diagnostic finding, string? reportPath) =>
        reportPath is not null && finding.Code is Codes.AccuracyRegressed or Codes.TooLarge or Codes.TooSlow
            ? finding with { Text = $"{finding.Text.TrimEnd()} Report: {reportPath}" }
            : finding;
}
