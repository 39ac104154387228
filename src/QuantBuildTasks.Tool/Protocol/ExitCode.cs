using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Protocol;

/// <summary>Exit codes: docs/worker-protocol.md.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Defect = 1;
    public const int BadInput = 2;
    public const int GateFailed = 3;
    public const int CannotQuantize = 4;
    public const int Cancelled = 5;

    /// <summary>
    /// The code for a set of findings; of several kinds of error the one that must be mended first: ours, then input, then the model, then gates.
    /// </summary>
    public static int Of(IEnumerable<Diagnostic> findings)
    {
        HashSet<int> codes = [.. findings.Where(f => f.Severity == Severity.Error).Select(f => Of(f.Code))];
        return codes.Count == 0 ? Success : new[] { Defect, BadInput, CannotQuantize, GateFailed }.First(codes.Contains);
    }

    private static int Of(string code) => code[3] switch
    {
        '1' or '4' or '5' => BadInput,
        '2' => CannotQuantize,
        '3' => GateFailed,
        _ => Defect,
    };
}
