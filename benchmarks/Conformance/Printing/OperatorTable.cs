using System.Text;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Printing;

/// <summary>A row for each operator.</summary>
internal static class OperatorTable
{
    public static void Append(StringBuilder page, IReadOnlyList<ModelFinding> findings)
    {
        page.Append("""

            ## Operators

            Of each operator: the models that contain it, those that ONNX Runtime runs, and those with equal outputs after an upgrade to operator set 21; its nodes in the prepared models of which there is an `int8`
            artifact for x64-vnni, and how many of them ONNX Runtime's optimized graph computes with integer kernels; and its weights that are stored as int8 and computed with as float32, by precision. Weights that are too small to gain by it are not stored.

            | operator | models | run | equal after upgrade | nodes | integer nodes | stored, `int8` | stored, `int8-weights` |
            |---|---|---|---|---|---|---|---|

            """);
        foreach (string name in findings.SelectMany(f => f.Operators).Distinct().Order(StringComparer.Ordinal))
        {
            ModelFinding[] with = [.. findings.Where(f => f.Operators.Contains(name))];
            OperatorCount[] integer = Counts(findings, name, Quantization.Int8);
            OperatorCount[] stored = Counts(findings, name, Quantization.Int8Weights);
            page.Append(ConformancePage.Invariant(
                $"| {name} | {with.Length} | {with.Count(Runs)} | {with.Count(f => f.Upgraded.GetValueOrDefault(21)?.Verdict == Verdict.Passes)} | {Number(integer.Sum(c => c.Nodes))} | {Number(integer.Sum(c => c.Integer))} | {Number(integer.Sum(c => c.Stored))} | {Number(stored.Sum(c => c.Stored))} |\n"));
        }
    }

    /// <summary>Whether ONNX Runtime gives outputs, be they those that ship with the model or others.</summary>
    private static bool Runs(ModelFinding finding) => finding.Runs.Verdict == Verdict.Passes || finding.Runs.Reason is Reasons.Random or Reasons.NotTheReference;

    private static OperatorCount[] Counts(IReadOnlyList<ModelFinding> findings, string name, string precision) =>
        [.. findings.Select(f => f.Quantized.GetValueOrDefault(precision)).OfType<QuantizedFinding>().SelectMany(q => q.Operators).Where(o => o.Operator == name)];

    private static string Number(int count) => count == 0 ? "" : ConformancePage.Invariant($"{count}");
}
