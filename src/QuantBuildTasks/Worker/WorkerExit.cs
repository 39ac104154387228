using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Worker;

/// <summary>What an exit code of the worker means that it could not explain itself.</summary>
internal static class WorkerExit
{
    /// <summary>Of the worker: somebody told it to stop.</summary>
    public const int Cancelled = 5;

    /// <summary>Of the .NET host: no installed runtime fits. Unix sees the low byte.</summary>
    private const int FrameworkMissing = unchecked((int)0x80008096);
    private const int FrameworkMissingOnUnix = FrameworkMissing & 0xff;

    private const int AccessViolation = unchecked((int)0xC0000005);
    private const int StackOverflow = unchecked((int)0xC00000FD);
    private const int OutOfMemory = unchecked((int)0xC0000017);

    /// <summary>Code and text of an error, or null where the worker has reported why it failed.</summary>
    /// <param name="exitCode">Not 0.</param>
    /// <param name="reported">Whether the worker reported an error. One that it reported of another model does not explain a crash.</param>
    /// <param name="model">The model that it worked on last, or null.</param>
    /// <param name="lastWords">The last line that was no event; may be empty.</param>
    /// <param name="host">The <c>dotnet</c> that ran it.</param>
    public static (string Code, string Text)? Explain(int exitCode, bool reported, string? model, string lastWords, string host)
    {
        if (reported && exitCode is >= 0 and <= Cancelled)
        {
            return null;
        }

        if (exitCode is FrameworkMissing or FrameworkMissingOnUnix)
        {
            return (Codes.NoDotNetRuntime, $"Quantizing needs the .NET 10 runtime or a newer one, and '{host}' has none. Install it, or build with the .NET 10 SDK.");
        }

        string why = exitCode switch
        {
            Cancelled => "was told to stop, though the build was not cancelled",
            137 or OutOfMemory => "was killed, perhaps because memory ran out",
            143 => "was told to end from outside",
            134 => "aborted in native code",
            139 or AccessViolation => "crashed in native code",
            StackOverflow => "overflowed its stack",
            _ => "ended without saying why",
        };
        string code = exitCode is >= 0 and < 256 ? exitCode.ToString(CultureInfo.InvariantCulture) : "0x" + exitCode.ToString("X8", CultureInfo.InvariantCulture);
        string last = lastWords.Length > 0 ? $" Its last words: {lastWords}" : "";
        string at = model is null ? "" : $" while it worked on '{model}'";
        return (Codes.WorkerDied, $"The quantization process {why}{at} (exit code {code}). Nothing it made is used.{last}");
    }
}
