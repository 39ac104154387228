using QuantBuildTasks.Tool.Worker;
using Spectre.Console;

namespace QuantBuildTasks.Tool.Commands;

/// <summary>What the commands need from the process around them; tests give their own.</summary>
internal sealed record ToolHost
{
    public required QuantizeModel Quantize { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Errors { get; init; }

    /// <summary>Standard output with colours and widths, for a person.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Whether a person looks at it: progress bars and tables; else plain lines.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Takes standard output for events alone.</summary>
    public required Func<Stream> OpenEvents { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>Cancels as Ctrl+C does.</summary>
    public Action Cancel { get; init; } = () => { };

    /// <summary>Where relative paths of the command line start.</summary>
    public string CurrentDirectory { get; init; } = Environment.CurrentDirectory;
}
