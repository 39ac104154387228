using System.CommandLine.Parsing;

namespace QuantBuildTasks.Tool.Commands;

/// <summary>What is wrong with arguments by themselves.</summary>
internal static class ArgumentCheck
{
    /// <summary>An unset variable of a shell leaves an empty word, which would name the current folder.</summary>
    public static void NotEmpty(ArgumentResult result, string what)
    {
        if (result.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value)))
        {
            result.AddError($"The name of the {what} is empty.");
        }
    }
}
