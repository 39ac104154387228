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
        var parent = new Option<int?>("--parent")
        {
            Description = "Number of a process that waits for the results: when it ends, this one does. A build names itself.",
            HelpName = "process",
        };
        var command = new Command("run", "Does what a build does: runs a request file, writes events to standard output and results to the folder that the request names.") { request, parent };
        command.SetAction(parsed =>
        {
            using Stream stream = host.OpenEvents();
            var events = new EventWriter(stream, gone: host.Cancel);
            using ParentWatch? watch = parsed.GetValue(parent) is { } processId ? new ParentWatch(processId, host.Cancel) : null;
            string path = Path.GetFullPath(parsed.GetRequiredValue(request), host.CurrentDirectory);
            return new WorkerRun(host.Quantize, events, host.Errors).Run(path, host.Cancellation);
        });
        return command;
    }
}
