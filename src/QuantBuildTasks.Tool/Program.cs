using System.Text;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Tool.Commands;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Worker;
using Spectre.Console;

namespace QuantBuildTasks.Tool;

internal static class Program
{
    public static int Main(string[] args)
    {
        // × and → are no luxury here: result lines hold them.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var termination = new Termination();
        var host = new ToolHost
        {
            Quantize = (job, progress, cancellation) => new QuantPipeline(new OrtInference(), search: new RecipeSearch()).Run(job, progress, cancellation),
            Output = Console.Out,
            Errors = Console.Error,
            Console = AnsiConsole.Console,
            IsTerminal = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            OpenEvents = EventStream.Open,
            Cancellation = termination.Token,
            Cancel = termination.Cancel,
        };
        return new CommandLine(host).Run(args);
    }
}
