using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Requests;

namespace QuantBuildTasks.Tool.Worker;

/// <summary>One run for a build: reads the request, quantizes its models one after the other, publishes all of them or none.</summary>
/// <param name="quantize">The engine.</param>
/// <param name="events">Where the build listens.</param>
/// <param name="errors">Standard error, for stacks.</param>
internal sealed class WorkerRun(QuantizeModel quantize, IRunEvents events, TextWriter errors)
{
    private readonly List<Diagnostic> _findings = [];

    /// <summary>Runs; every outcome is an exit code of <see cref="ExitCode"/>, and every error was said before.</summary>
    public int Run(string requestPath, CancellationToken cancellation)
    {
        try
        {
            Quantize(RequestReader.Read(requestPath), cancellation);
            return ExitCode.Of(_findings);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
        catch (QuantException e)
        {
            Say(e.Diagnostic);
        }
        catch (Exception e)
        {
            Say(Defect.Report(e, null, errors));
        }

        return ExitCode.Of(_findings);
    }

    private void Quantize(WorkerRequest request, CancellationToken cancellation)
    {
        var jobs = JobSet.Of(request);
        foreach (Diagnostic finding in jobs.Findings)
        {
            Say(finding);
        }

        if (Failed)
        {
            return;
        }

        using var outputs = OutputTransaction.Begin(request.OutputDirectory);
        var made = new List<ManifestModel>();
        var runner = new ModelRunner(quantize, errors);
        foreach (ModelJob model in jobs.Jobs)
        {
            cancellation.ThrowIfCancellationRequested();

            // Should native code end this process, the build knows from this which model it was at.
            events.Progress(model.Job.DisplayPath, new QuantProgress("Start", 0));
            using ModelOutcome outcome = runner.Run(model.Job, p => events.Progress(model.Job.DisplayPath, p), cancellation);
            IReadOnlyList<string> reports = outcome.Result is { Variants.Count: > 0 } result ? WriteReports(outputs, model, result) : [];
            Tell(outcome, reports, request);

            // After a failure nothing will be published, but the other models are tried: a build shows all that is wrong.
            if (outcome.Succeeded && !Failed)
            {
                made.Add(ModelPackager.Stage(outputs, model.ClassName, outcome.Result! with { Diagnostics = outcome.Findings }, reports));
            }
        }

        cancellation.ThrowIfCancellationRequested();
        if (!Failed)
        {
            var manifest = new ResultManifest(made);
            outputs.Commit(manifest);
            events.Result(BuildSummary.Of(manifest));
        }
    }

    private bool Failed => _findings.Exists(f => f.Severity == Severity.Error);

    private static IReadOnlyList<string> WriteReports(OutputTransaction outputs, ModelJob model, QuantResult result)
    {
        ReportDocument report = ReportBuilder.Build(result);
        string json = $"{model.ClassName}/report.json";
        string html = $"{model.ClassName}/report.html";
        outputs.WriteNow(json, JsonReport.Write(report));
        outputs.WriteNow(html, HtmlReport.Write(report));
        return [json, html];
    }

    private void Tell(ModelOutcome outcome, IReadOnlyList<string> reports, WorkerRequest request)
    {
        string? readMore = reports.Count == 0
            ? null
            : Path.GetRelativePath(request.ProjectDirectory, Path.Combine(request.OutputDirectory, reports[^1])).Replace('\\', '/');
        foreach (Diagnostic finding in outcome.Findings)
        {
            Say(GateMessage.WithReport(finding, readMore));
        }

        foreach (QuantVariant variant in outcome.Result?.Variants ?? [])
        {
            events.Result(ResultLine.Of(outcome.Result!.Job, variant));
        }
    }

    private void Say(Diagnostic finding)
    {
        _findings.Add(finding);
        events.Finding(finding);
    }
}
