using System.Text;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Printing;

/// <summary>Every model that does not pass a step, by reason.</summary>
internal static class ReasonList
{
    private static readonly string[] Weighted = ["Conv", "ConvTranspose", "GRU", "Gemm", "LSTM", "MatMul", "RNN"];

    public static void Append(StringBuilder page, IReadOnlyList<ModelFinding> findings)
    {
        page.Append("""

            ## Weighted operators that stay float32

            Models with Conv, ConvTranspose, Gemm, MatMul, GRU, LSTM or RNN of which `int8` for x64-vnni makes no artifact (QBT2001), by the reason that the build gives.


            """);
        AppendGroups(page, findings.Where(f => f.Operators.Any(Weighted.Contains)), Verdict.NothingToDo, "quantize, " + Quantization.Int8);
        page.Append("""

            ## Models that do not pass

            By reason, and for each the steps that it holds for. Names in messages are left out.


            """);
        AppendGroups(page, findings, Verdict.Excused);
        if (findings.Any(f => f.Steps().Any(s => s.Result.Verdict == Verdict.Fails)))
        {
            page.Append("""

                ## Defects


                """);
            AppendGroups(page, findings, Verdict.Fails);
        }
    }

    private static void AppendGroups(StringBuilder page, IEnumerable<ModelFinding> findings, Verdict verdict, string? only = null)
    {
        var groups = findings
            .SelectMany(f => f.Steps().Where(s => s.Result.Verdict == verdict && s.Step == (only ?? s.Step)).GroupBy(s => s.Result.Reason!, s => s.Step)
                .Select(r => (Reason: r.Key, Steps: string.Join(", ", r), f.Model)))
            .GroupBy(e => (e.Reason, e.Steps), e => e.Model)
            .OrderBy(g => g.Key.Reason, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Steps, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            string[] models = [.. group.Order(StringComparer.Ordinal)];
            string steps = only is null ? $" ({group.Key.Steps})" : "";
            page.Append(ConformancePage.Invariant($"- {group.Key.Reason}{steps} **{models.Length}**: {string.Join(", ", models.Select(m => $"`{m}`"))}\n"));
        }
    }
}
