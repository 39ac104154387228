using System.Diagnostics;
using System.Text;

namespace EndToEnd;

/// <summary>Runs the <c>dotnet</c> that runs the tests.</summary>
internal static class DotNet
{
    /// <summary>Runs to the end, or until <paramref name="killAt"/> holds for a line of output: then the process and all its children are killed.</summary>
    public static (int ExitCode, string Output) Run(string directory, IEnumerable<string> arguments, string? packages = null, Predicate<string>? killAt = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };

        // What `dotnet test` sets for itself would point a build at the wrong project or tools.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        if (packages is not null)
        {
            start.Environment["NUGET_PACKAGES"] = packages;
        }

        using Process process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return (process.ExitCode, output.ToString());

        void Take(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }

            if (line is not null && killAt?.Invoke(line) == true)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
