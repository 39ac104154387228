using System.CommandLine;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Tool.Display;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Worker;

namespace QuantBuildTasks.Tool.Commands;

/// <summary>The commands of <c>dotnet quant</c>, and what happens when a line does not parse or a command breaks.</summary>
internal sealed class CommandLine(ToolHost host)
{
    private const string Description = """
        Quantizes an ONNX model for a kind of processor, and measures what it costs.

        Example:
          dotnet quant fashion.onnx --calibration calibration.npz --validation validation.npz --max-drop 0.5% --output out
        """;

    /// <returns>An exit code of <see cref="ExitCode"/>.</returns>
    public int Run(IReadOnlyList<string> args)
    {
        ParseResult parsed = Root(args).Parse(args.Count == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in Messages(parsed))
            {
                ErrorLines.Write(host.Errors, Diagnostic.Error(Codes.BadRequest, $"{message} 'dotnet quant --help' lists what there is."));
            }

            return ExitCode.BadInput;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = host.Output, Error = host.Errors, EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
        catch (QuantException e)
        {
            return Fail(e.Diagnostic);
        }
        catch (Exception e)
        {
            return Fail(Defect.Report(e, null, host.Errors));
        }
    }

    /// <summary>Where words that look like options are unknown, only they are named: what follows them is most often their value.</summary>
    private static IEnumerable<string> Messages(ParseResult parsed)
    {
        string[] options = [.. parsed.UnmatchedTokens.Where(t => t.StartsWith('-'))];
        IEnumerable<string> known = parsed.CommandResult.Command.Options.Select(o => o.Name);
        return options.Length > 0
            ? options.Select(o => $"There is no option '{o}'.{Suggestion.For(o, known)}")
            : parsed.Errors.Select(e => e.Message);
    }

    private RootCommand Root(IReadOnlyList<string> args)
    {
        var root = new RootCommand(Description) { HelpName = "dotnet quant" };
        Command[] named = [InspectCommand.Create(host), RunCommand.Create(host)];
        if (args.Count == 0 || !Array.Exists(named, c => c.Name == args[0]))
        {
            // Beside a named command it would put its own argument into the usage line, before the command's.
            new QuantizeCommand(host).AddTo(root);
        }

        Array.ForEach(named, root.Add);
        return root;
    }

    private int Fail(Diagnostic finding)
    {
        ErrorLines.Write(host.Errors, finding);
        return ExitCode.Of([finding]);
    }
}
