using System.Text.RegularExpressions;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>Shortens messages to what models with the same trouble have in common: no names, files or lines.</summary>
internal static partial class Reasons
{
    public const string Random = "Its outputs are random: two runs differ.";
    public const string NotTheReference = "ONNX Runtime gives other outputs than those that ship with the model.";

    /// <summary>The reason that a message of ours or of ONNX Runtime comes down to, as a sentence.</summary>
    public static string Of(string message)
    {
        string text = message.Split('\n', 2)[0];
        if (text.Contains("Failed to construct locale", StringComparison.Ordinal))
        {
            // The page must not depend on what is installed.
            text = text[..text.IndexOf("Exception", StringComparison.Ordinal)] + "it needs the locale en_US.UTF-8, which is kept from it.";
        }

        text = ErrorCode().Replace(text, "");
        text = SourcePlace().Replace(text, "");
        text = NodeName().Replace(text, "");
        text = Quoted().Replace(text, "'…'");
        text = Blanks().Replace(text, " ").Trim();
        return text.EndsWith('.') ? text : text + ".";
    }

    [GeneratedRegex(@"\[ErrorCode:\w+\]\s*")]
    private static partial Regex ErrorCode();

    /// <summary>Paths, lines and signatures of ONNX Runtime's sources.</summary>
    [GeneratedRegex(@"/[\w.\-/]+\.(cc|h)(:\d+)?\s*|[\w:<>~]+::[\w<>~]+\([^)]*\)\s*(const\s*)?(\[with [^\]]*\]\s*)?")]
    private static partial Regex SourcePlace();

    [GeneratedRegex(@"\s*node with name\s*'[^']*'|\s*In Node, \(""[^)]*\)")]
    private static partial Regex NodeName();

    /// <summary>Not the apostrophe of a genitive.</summary>
    [GeneratedRegex(@"(?<!\w)'[^']*'(?!\w)")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
