using System.Text.RegularExpressions;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>Shortens messages to what models with the same trouble have in common: no names, numbers of nodes, files or lines.</summary>
internal static partial class Reasons
{
    public const string Random = "its outputs are random: two runs differ";
    public const string NotTheReference = "ONNX Runtime gives other outputs than those that ship with the model";
    public const string CannotBeFed = "ONNX Runtime's C# binding makes no optional that holds nothing";

    /// <summary>A message of ONNX Runtime.</summary>
    public static string OfOnnxRuntime(string message)
    {
        string text = message.Split('\n', 2)[0].Trim();
        text = Prefix().Replace(text, "");
        text = SourcePlace().Replace(text, "");
        text = NodeName().Replace(text, "");
        return Common(text);
    }

    /// <summary>A message of ours.</summary>
    public static string Common(string text) => Blanks().Replace(Quoted().Replace(text, "'…'"), " ").Trim();

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex Prefix();

    /// <summary>Paths, lines and signatures of ONNX Runtime's sources.</summary>
    [GeneratedRegex(@"(/[\w.\-/]+\.(cc|h)(:\d+)?\s*)|(\b[\w:]+::[\w:~]+\([^)]*\)(\s*(const|\[[^\]]*\]))*\s*)")]
    private static partial Regex SourcePlace();

    [GeneratedRegex(@"\s*(node with name|Node\s?\(|Name:|with name)\s*('[^']*'|[\w./]+\)?)", RegexOptions.IgnoreCase)]
    private static partial Regex NodeName();

    [GeneratedRegex(@"'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
