using System.Globalization;
using System.Text;
using QuantBuildTasks.Conformance.Running;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Printing;

/// <summary>The page docs/conformance.md: the same findings give the same bytes.</summary>
internal static class ConformancePage
{
    /// <summary>What each step asks for; a step that is not named here is called by its name.</summary>
    private static readonly Dictionary<string, string> Meaning = new(StringComparer.Ordinal)
    {
        ["load and save"] = "load and save: the file says the same, unknown fields too",
        ["run"] = "run as it is: the outputs that ship with the model, to 1e-5",
        ["run after load and save"] = "run after load and save: the outputs of before, bit for bit",
    };

    public static string Render(ConformanceResult result)
    {
        var page = new StringBuilder();
        page.Append(Invariant($"""
            # Conformance

            What becomes of ONNX's own conformance models, {result.Findings.Count:N0} of them, as Debian's package `libonnx-testdata` has them (SHA-256 of names and content:
            `{result.Fingerprint}`). This page is written by

            ```
            dotnet run -c Release --project benchmarks/Conformance -- --page docs/conformance.md
            ```

            and a test holds that it says what comes out. The models run in ONNX Runtime 1.31.1's CPU provider on the one set of inputs that each has. Sizes of 1e-5 are shares of the largest
            magnitude in the tensor, or of 1. After an upgrade the outputs must equal those that ship with the model or, where ONNX Runtime gives others, those that it gave before.

            Most of these models hold one operator and take its weights as inputs. To quantize them, weights and biases of Conv, ConvTranspose, Gemm, MatMul, GRU, LSTM and RNN become constants with
            the numbers of the test data ({result.Findings.Sum(f => f.FixedWeights):N0} of them in {result.Findings.Count(f => f.FixedWeights > 0):N0} models); the inputs that are left are the calibration data. Each goes the whole way that a build goes.

            ## Counts

            | step | pass | nothing to do (QBT2001) | not, and the reason is not ours | defects |
            |---|---|---|---|---|

            """));
        foreach (IGrouping<string, StepResult> step in result.Findings.SelectMany(f => f.Steps()).GroupBy(s => s.Step, s => s.Result))
        {
            page.Append(Invariant($"| {Described(step.Key)} | {Count(step, Verdict.Passes)} | {Count(step, Verdict.NothingToDo)} | {Count(step, Verdict.Excused)} | {Count(step, Verdict.Fails)} |\n"));
        }

        OperatorTable.Append(page, result.Findings);
        ReasonList.Append(page, result.Findings);
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Described(string step) => Meaning.TryGetValue(step, out string? meaning) ? meaning
        : step.StartsWith("quantize", StringComparison.Ordinal) ? step + ": the artifact runs, and its outputs are within a tenth of the largest"
        : step + ": the same outputs, to 1e-5";

    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Count(IEnumerable<StepResult> results, Verdict verdict) => results.Count(r => r.Verdict == verdict).ToString("N0", CultureInfo.InvariantCulture);
}
