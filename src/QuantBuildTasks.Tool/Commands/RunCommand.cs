using System.CommandLine;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Worker;

namespace QuantBuildTasks.Tool.Commands;

/// <summary><c>quant run request.json</c>: what the build calls.</summary>
internal static class RunCommand
{
    public static Command Create(ToolHost host)
    {
        var request = new Argument<string>("request") { Description = "Path of the request file (JSON); a build leaves its own in obj." };
        var command = new Command("run", "Does what a build does: runs a request file, writes events to standard output and results to the folder that the request names.") { request };
        command.SetAction(parsed =>
        {
            using Stream stream = host.OpenEvents();
            var events = new EventWriter(stream, gone: host.Cancel);
            string path = Path.GetFullPath(parsed.GetRequiredValue(request), host.CurrentDirectory);
            return new WorkerRun(host.Quantize, events, host.Errors).Run(path, host.Cancellation);
        });
        return command;
    }
}
