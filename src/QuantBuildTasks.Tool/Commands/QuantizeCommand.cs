using System.CommandLine;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Tool.Display;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Requests;
using QuantBuildTasks.Tool.Requests.Settings;
using QuantBuildTasks.Tool.Worker;

namespace QuantBuildTasks.Tool.Commands;

/// <summary><c>quant model.onnx --calibration data.npz</c>: quantizes one model for a person.</summary>
internal sealed class QuantizeCommand(ToolHost host)
{
    private readonly QuantizeOptions _options = new();

    public void AddTo(RootCommand root)
    {
        root.Add(_options.Model);
        foreach (Option option in _options.Settings)
        {
            root.Add(option);
        }

        root.Add(_options.Output);
        _options.Model.Validators.Add(result =>
        {
            // A misspelt option would otherwise be taken for the model.
            if (result.Tokens.Select(t => t.Value).FirstOrDefault(t => t.StartsWith('-')) is { } word)
            {
                result.AddError($"There is no option '{word}'.{Suggestion.For(word, root.Options.Select(o => o.Name))}");
            }

            ArgumentCheck.NotEmpty(result, "model");
        });
        root.SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string model = parsed.GetRequiredValue(_options.Model);
        var settings = ModelSettings.OfCommandLine(model, _options.Values(parsed), _options.NameOf);
        string folder = Path.GetFullPath(parsed.GetValue(_options.Output) is { Length: > 0 } output ? output : ".", host.CurrentDirectory);
        var factory = new JobFactory(settings, host.CurrentDirectory, new JobTarget { OutputDirectory = folder });
        QuantJob job = factory.Create(Path.GetFullPath(model, host.CurrentDirectory), model);
        if (factory.Findings.Count > 0)
        {
            return Tell(factory.Findings);
        }

        var files = new ResultFiles(folder, Path.GetFileNameWithoutExtension(model));
        files.CheckFolder();
        var runner = new ModelRunner(host.Quantize, host.Errors);
        using ModelOutcome outcome = ProgressView.Run(host, progress => runner.Run(job, progress, host.Cancellation));
        if (outcome.Result is not { Variants.Count: > 0 } result)
        {
            return Tell(outcome.Findings);
        }

        string report = files.WriteReport(ReportBuilder.Build(result));
        int exitCode = Tell(outcome.Findings.Select(f => GateMessage.WithReport(f, report)));
        ResultView.Show(host, result);
        files.RemoveArtifacts(job.Profiles);
        if (outcome.Succeeded)
        {
            foreach (string path in files.WriteArtifacts(result.Variants))
            {
                host.Output.WriteLine($"Wrote {path}");
            }
        }

        return exitCode;
    }

    private int Tell(IEnumerable<Diagnostic> findings)
    {
        Diagnostic[] all = [.. findings];
        foreach (Diagnostic finding in all)
        {
            ErrorLines.Write(host.Errors, finding);
        }

        return ExitCode.Of(all);
    }
}
